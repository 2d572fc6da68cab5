import fc, { type Arbitrary } from 'fast-check'
import { fetchExactDocument } from '../docs/document.ts'
import { Subscriber, type App, type Frame } from '../helper.ts'
import { breakAt, breaks, toText } from './breaks.ts'
import { Oracle } from './oracle.ts'
import { check, type Batch, type Count, type FuzzOptions } from './count.ts'
import { valuesFrom, type Live } from './values.ts'
import { furnish, type World } from './world.ts'

const MAX_FRAME_BYTES = 65_536
/** Short of what closes a socket. */
const MAX_BAD = 15
/** What is counted under no verb: the first frame of a socket without credentials. */
const FIRST = 'first-frame'
const ANSWERS = ['ok', 'error', 'pong', 'subscribed']
const COMPONENT = '#/components/schemas/'
const texts = ['', ' ', '{', 'null', '[]', '{}', '"a"', '1', '1e400', 'ping', '{"type":"ping"', '{"type":null}', '{"type":["ping"]}', '{"type":"welcome"}', '{"type":"__proto__"}', '{"type":"toString"}', '{"type":"ping"}{}', '['.repeat(60_000), '{"type":"ping","__proto__":{}}', '{"id":"1","id":2,"type":"ping"}', '\0', '\ufeff{"type":"ping"}']

interface Sent { caller: string, text: string }

/** Sends frames made from the document over real sockets; what came of it, by verb. */
export async function fuzzFrames (app: App, base: string, options: FuzzOptions): Promise<Record<string, Count>> {
  const document = await fetchExactDocument(app)
  const judge = new Judge(document)
  const verbs = Object.entries<string>(document['components'].schemas.ClientFrame.discriminator.mapping)

  async function live (verb: string, $ref: string, batch: number): Promise<Batch<Sent>> {
    const world = await furnish(app, `${verb}-${batch}`)
    const live = liveOf(verb, world.live)
    const sockets = new Sockets(base, world)
    let before = await world.snapshot()
    return {
      arbitrary: framesOf(valuesFrom(document, live)({ $ref }), Object.keys(world.callers).slice(2)),
      async play ({ caller, text }, count) {
        const isRefused = await judge.live(sockets, caller, text)
        count[isRefused ? 'refused' : 'accepted']++
        const after = await world.snapshot()
        if (isRefused && after !== before) throw new Error('refused, but something was stored')
        before = after
      },
      end: () => sockets.close()
    }
  }

  async function first (batch: number): Promise<Batch<Sent>> {
    const { live } = await furnish(app, `${FIRST}-${batch}`)
    const frames = verbs.map(([verb, $ref]) => ({ weight: verb === 'auth' ? verbs.length : 1, arbitrary: valuesFrom(document, live)({ $ref }) }))
    return {
      arbitrary: framesOf(fc.oneof(...frames), ['anonymous']),
      async play ({ text }, count) { count[await judge.first(base, text) ? 'refused' : 'accepted']++ }
    }
  }

  const counts: Record<string, Count> = {}
  for (const [verb, $ref] of [...verbs, [FIRST, ''] as const]) {
    if (options.only !== undefined && options.only !== verb) continue
    counts[verb] = await check(options, batch => verb === FIRST ? first(batch) : live(verb, $ref, batch))
  }
  return counts
}

/** Only what was deleted can be restored; the ids of an action and its notification have names of their own in a frame. */
function liveOf (verb: string, live: Live): Live {
  if (verb === 'restore') return { ...live, ids: live['deleted_id']! }
  return verb === 'act' ? { ...live, id: live['notification_id']!, action: live['action_id']! } : live
}

function framesOf (frames: Arbitrary<object>, callers: string[]): Arbitrary<Sent> {
  const text = frames.chain(frame => fc.oneof(
    { weight: 5, arbitrary: fc.constant(toText(frame)) },
    { weight: 6, arbitrary: breaks.map(change => toText(breakAt(frame, change))) },
    { weight: 1, arbitrary: fc.constantFrom(...texts) }
  ))
  return fc.record({ caller: fc.constantFrom(...callers), text })
}

/** A socket a caller, a new one before its bad frames are too many. */
class Sockets {
  readonly #base: string
  readonly #world: World
  readonly #open = new Map<string, { subscriber: Subscriber, bad: number }>()

  constructor (base: string, world: World) {
    this.#base = base
    this.#world = world
  }

  async of (caller: string): Promise<Subscriber> {
    const known = this.#open.get(caller)
    if (known && known.bad < MAX_BAD) return known.subscriber
    known?.subscriber.close()
    const subscriber = new Subscriber(`${this.#base}/ws/notifications`, { headers: this.#world.callers[caller]! })
    this.#open.set(caller, { subscriber, bad: 0 })
    await subscriber.next('welcome')
    return subscriber
  }

  /** Counts a frame that was refused. */
  bad (caller: string, count = 1): void {
    this.#open.get(caller)!.bad += count
  }

  close (): void {
    for (const { subscriber } of this.#open.values()) subscriber.close()
  }
}

/** Judges the answers to frames by the document; throws what is wrong with them. */
class Judge {
  readonly #oracle: Oracle
  #marks = 0

  constructor (document: Record<string, any>) {
    this.#oracle = new Oracle(document)
  }

  /** Sends a frame on an authenticated socket; whether it was refused. */
  async live (sockets: Sockets, caller: string, text: string): Promise<boolean> {
    const subscriber = await sockets.of(caller)
    // The welcome of a new socket is judged too.
    const from = subscriber.frames.length === 1 ? 0 : subscriber.frames.length
    subscriber.send(text)
    if (Buffer.byteLength(text) > MAX_FRAME_BYTES) {
      const { code } = await subscriber.closed
      sockets.bad(caller, Infinity)
      if (code !== 1009) throw new Error(`closed with ${code} for its size`)
      return true
    }
    const mark = `mark-${this.#marks++}`
    const pong = await subscriber.ask({ id: mark, type: 'ping' }).catch(async () => {
      sockets.bad(caller, Infinity)
      throw new Error(`closed with ${(await subscriber.closed).code}: ${JSON.stringify(subscriber.frames.at(-1))}`)
    })
    const frames = subscriber.frames.slice(from)
    this.#assertDocumented(frames)
    const answers = frames.filter(frame => ANSWERS.includes(frame.type) && frame !== pong)
    if (answers.length !== 1) throw new Error(`${answers.length} answers: ${JSON.stringify(answers)}`)
    const [answer] = answers as [Frame]
    if (answer.type === 'error') sockets.bad(caller)
    this.#assertAnswers(text, answer)
    return answer.type === 'error'
  }

  /** Sends a frame as the first of a socket without credentials; whether that was refused. */
  async first (base: string, text: string): Promise<boolean> {
    const subscriber = new Subscriber(`${base}/ws/notifications`)
    try {
      await new Promise((resolve, reject) => subscriber.socket.once('open', resolve).once('error', reject))
      subscriber.send(text)
      const answer = await subscriber.next().catch(() => undefined)
      this.#assertDocumented(subscriber.frames)
      if (answer) this.#assertAnswers(text, answer)
      if (answer?.type === 'welcome') return false
      const { code } = await subscriber.closed
      const expected = Buffer.byteLength(text) > MAX_FRAME_BYTES ? 1009 : 4401
      if (code !== expected) throw new Error(`closed with ${code}`)
      if (subscriber.frames.length !== (expected === 1009 ? 0 : 1)) throw new Error(`${subscriber.frames.length} answers`)
      return true
    } finally {
      subscriber.close()
    }
  }

  #assertDocumented (frames: Frame[]): void {
    for (const frame of frames) {
      const why = this.#oracle.check({ $ref: `${COMPONENT}ServerFrame` }, frame)
      if (why) throw new Error(`a frame that is not as documented: ${JSON.stringify(frame)}`)
      if (frame.payload?.code === 'BLF_INTERNAL') throw new Error('a fault of ours')
    }
  }

  #assertAnswers (text: string, answer: Frame): void {
    let frame: any
    try {
      frame = JSON.parse(text.replace(/^\ufeff/, ''))
    } catch { /* Then it has no id either. */ }
    const isNamed = this.#oracle.check({ type: 'object', required: ['id'], properties: { id: { type: 'string', pattern: '^[A-Za-z0-9._:-]{1,128}$' } } }, frame) === undefined
    // What hides behind names that are refused anywhere is not looked at.
    const isHidden = /__proto__|constructor/.test(text)
    if (isNamed && !isHidden && answer.reply_to !== frame.id) throw new Error(`no reply to ${frame.id}: ${JSON.stringify(answer)}`)
    const wrong = this.#oracle.check({ $ref: `${COMPONENT}ClientFrame` }, frame)
    if (wrong && answer.type !== 'error') throw new Error(`accepted: ${JSON.stringify(answer)}`)
  }
}
