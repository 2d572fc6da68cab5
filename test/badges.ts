import type { Test } from 'tap'
import { WebSocket } from 'ws'
import { audienceKey, keysOfCohort } from '../src/log/audience.ts'
import { parseCursor } from '../src/protocol/cursor.ts'
import type { LogEvent } from '../src/log/event.ts'
import { bearer, call, hello, people, type App, type Frame } from './helper.ts'
import type { Random } from './random.ts'
import { until } from './within.ts'

const { root, bob } = people
const KEYS = [audienceKey.user(bob.sub), ...keysOfCohort({ role: 'user', company: bob.company })]
const TOPICS = ['a', 'b']

export interface Node { app: App, base: string }
/** A count that somebody was told or believes, the cursor it is of, and who. */
interface Claim { who: string, cursor: string, count: number }

const seqOf = (cursor: string) => parseCursor(cursor)!.seq

/** How many are unread after each event of the log (by its `seq`), by what the events say that happened and not by what they count. */
export function unreadAfter (events: LogEvent[], keys: string[]): number[] {
  const unread = new Map<string, { seq: number, topic: string | null }>()
  const all = new Map<string, { seq: number, topic: string | null }>()
  const counts = [0]
  for (const { seq, kind, id, keys: to, topic, body } of events) {
    if (to.some(key => keys.includes(key))) {
      const { ids = [], before, topic: ofTopic } = JSON.parse(body) as { ids?: string[], before?: string, topic?: string }
      if (kind === 'notification') {
        all.set(id!, { seq, topic })
        unread.set(id!, { seq, topic })
      } else if (kind === 'inbox.read_all') {
        for (const [id, note] of unread) {
          if (note.seq <= seqOf(before!) && (ofTopic === undefined || note.topic === ofTopic)) unread.delete(id)
        }
      } else {
        for (const id of ids) {
          if (kind === 'notification.unread') unread.set(id, all.get(id)!)
          else unread.delete(id)
        }
      }
    }
    counts[seq] = unread.size
  }
  return counts
}

/** A client that knows of its inbox only how many are unread, by what the documentation says of frames, and comes back with the cursor of the last one. */
class Device {
  readonly claims: Claim[] = []
  readonly #who: string
  readonly #address: () => string
  #socket: WebSocket | undefined
  #count: number | undefined
  #welcomed = 0
  #cutAfter = Infinity
  #isOver = false
  cursor: string | undefined

  constructor (who: string, address: () => string) {
    this.#who = who
    this.#address = address
    this.#connect()
  }

  /** Cuts the line so many frames from now, wherever that is. */
  cutAfter (frames: number): void { this.#cutAfter = frames }

  send (frame: object): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame))
  }

  stop (): void {
    this.#isOver = true
    this.#socket?.terminate()
  }

  #connect (): void {
    const since = this.cursor === undefined ? '' : `?since=${this.cursor}`
    const socket = new WebSocket(`${this.#address().replace('http', 'ws')}/ws/notifications${since}`, { headers: bearer(bob) })
    this.#socket = socket
    this.#cutAfter = Infinity
    let isCut = false
    socket.on('error', () => {})
    socket.on('close', () => { if (!this.#isOver) this.#connect() })
    socket.on('message', data => {
      if (isCut) return
      this.#take(JSON.parse(String(data)) as Frame)
      isCut = --this.#cutAfter < 0
      if (isCut) socket.terminate()
    })
  }

  #take ({ type, cursor, payload }: Frame): void {
    if (type === 'welcome') {
      this.#welcomed = payload.unread_count
      if (payload.resume === 'none') this.#count = payload.unread_count
    } else if (type === 'notification') {
      this.#count! += 1
    } else if (type === 'caught_up') {
      this.#count = this.#welcomed
    } else if (payload?.unread_count !== undefined) {
      this.#count = payload.unread_count
    }
    if (cursor === undefined) return
    this.cursor = cursor
    this.claims.push({ who: `${this.#who}, after ${type}`, cursor, count: this.#count! })
  }
}

/** Sends and marks at once from all sides, with lines that are cut: whatever anybody is told or believes to be unread is so at its cursor. */
export async function exerciseBadges (t: Test, nodes: Node[], random: Random, steps = 120): Promise<void> {
  const { pick, integer, oneIn, some } = random
  const { app } = nodes[0]!
  const node = () => pick(nodes).app
  await call(app, bob, 'GET', '/api/auth/me')
  const devices = ['phone', 'laptop', 'tablet'].map(who => new Device(who, () => pick(nodes).base))
  t.teardown(() => { for (const device of devices) device.stop() })
  await until('every device to be welcomed', () => devices.every(({ cursor }) => cursor !== undefined))

  const claims: Claim[] = []
  const sent: { id: string, cursor: string }[] = []
  const ask = async (method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: object) => {
    const { status, body: { unread_count: count, cursor } } = await call(node(), bob, method, `/api/notifications/${path}`, body)
    if (status === 200) claims.push({ who: `${method} ${path}`, cursor, count })
    else if (status !== 404) throw new Error(`${method} ${path}: ${status}`)
  }
  const someAudience = () => pick([{ all: true }, { users: ['bob'] }, { companies: ['company_a'] }, { companies: ['company_b'] }])
  const send = async (number: number, audience: object = someAudience()) => {
    const { body } = await call(node(), root, 'POST', '/api/notifications/send', { ...hello, id: `n${number}`, topic: pick(TOPICS), audience })
    sent.push(body)
  }
  const readAll = () => ({ ...(oneIn(2) ? {} : { topic: pick(TOPICS) }), ...(oneIn(2) || sent.length === 0 ? {} : { before: pick(sent).cursor }) })
  const someIds = () => sent.length === 0 ? ['none'] : some(sent.slice(-6)).map(({ id }) => id)
  const step = (number: number): Promise<void> | void => {
    switch (integer(10)) {
      case 0: case 1: case 2: case 3: return send(number)
      case 4: return oneIn(3) ? ask('DELETE', someIds()[0]!) : ask('PUT', `${someIds()[0]}/${pick(['read', 'unread'])}`)
      case 5: return oneIn(2) ? ask('POST', 'read-all', readAll()) : ask('GET', pick(['me/unread-count', 'me?limit=1']))
      case 6: return pick(devices).cutAfter(integer(4))
      case 7: return pick(devices).send({ id: `f${number}`, type: 'read_all', payload: readAll() })
      default: return pick(devices).send({ id: `f${number}`, type: pick(['read', 'unread', 'delete', 'unread']), payload: { ids: someIds() } })
    }
  }
  for (let number = 0; number < steps; number += 6) {
    // What is asked at once shares commits.
    await Promise.all(Array.from({ length: 6 }, (_, index) => step(number + index)))
  }
  // The end, which every device gets.
  await send(steps, { all: true })
  const quiet = async () => {
    const head = await app.store.head()
    return nodes.every(({ app }) => app.tail.seq === head) && devices.every(({ cursor }) => seqOf(cursor!) >= seqOf(sent.at(-1)!.cursor))
  }
  await until('every device to have everything', quiet)

  const truth = unreadAfter(await app.store.events(0, 10_000), KEYS)
  const wrong = [...claims, ...devices.flatMap(device => device.claims)].filter(({ cursor, count }) => truth[seqOf(cursor)] !== count)
  t.same(wrong.map(claim => ({ ...claim, truth: truth[seqOf(claim.cursor)] })), [])
  t.ok(claims.length > 0 && devices.every(device => device.claims.length > 10), 'there was something to be wrong about')
}
