import { once } from 'node:events'
import { request as overTcp, type ClientRequest, type IncomingMessage } from 'node:http'
import { request as overTls } from 'node:https'
import type { Test } from 'tap'
import { bearer, type Answer, type Frame, type Person } from '../helper.ts'
import { within } from '../within.ts'

/** An event as a stream has it: its lines, and the frame in them. */
export interface StreamEvent { id: string | undefined, event: string, frame: Frame }

/** Reads `text/event-stream` strictly: fails on whatever Belfry does not send. Incomplete events are kept back, as the standard wants it. */
export class EventReader {
  readonly events: StreamEvent[] = []
  /** Called with each event as it comes. */
  onEvent: (event: StreamEvent) => void = () => {}
  readonly retries: number[] = []
  comments = 0
  #text = ''

  push (chunk: string): void {
    const blocks = (this.#text + chunk).split('\n\n')
    this.#text = blocks.pop()!
    for (const block of blocks) this.#read(block.split('\n'))
  }

  #read (lines: string[]): void {
    const fields = lines.map(line => /^([a-z]*):(?: (.*))?$/.exec(line)!)
    const valueOf = (name: string) => fields.find(([, field]) => field === name)?.[2]
    const names = fields.map(([, name]) => name).join(' ')
    switch (names) {
      case '':
        this.comments += 1
        return
      case 'retry':
        this.retries.push(Number(valueOf('retry')))
        return
      case 'id event data':
      case 'event data':
        this.events.push({ id: valueOf('id'), event: valueOf('event')!, frame: JSON.parse(valueOf('data')!) as Frame })
        this.onEvent(this.events.at(-1)!)
        return
      default: throw new Error(`no event has the lines ${JSON.stringify(lines)}`)
    }
  }
}

export interface StreamOptions { headers?: Record<string, string>, path?: string }

/** A subscriber of a stream, over a connection of its own, that keeps every event and lets a test wait for the next one. */
export class StreamSubscriber {
  readonly reader = new EventReader()
  readonly request: ClientRequest
  response: IncomingMessage | undefined
  /** How the answer began, as it came. */
  text = ''
  /** Resolves when the stream is over; whether it ended, or was cut. */
  readonly closed: Promise<'ended' | 'cut'>
  #isClosed = false
  #read = 0
  #wake: (() => void) | undefined

  constructor (base: string, { headers = {}, path = '/sse/notifications' }: StreamOptions = {}) {
    const ask = base.startsWith('https:') ? overTls : overTcp
    this.request = ask(`${base}${path}`, { agent: false, headers, rejectUnauthorized: false } as object)
    const { promise, resolve } = Promise.withResolvers<'ended' | 'cut'>()
    this.closed = promise
    const end = (how: 'ended' | 'cut') => {
      this.#isClosed = true
      resolve(how)
      this.#wake?.()
    }
    this.request.on('error', () => end('cut'))
    this.request.on('response', response => {
      this.response = response
      response.setEncoding('utf8').on('data', (chunk: string) => {
        this.text += chunk
        if (response.statusCode === 200) this.reader.push(chunk)
        this.#wake?.()
      })
      response.on('end', () => end('ended')).on('error', () => end('cut'))
      this.#wake?.()
    })
    this.request.end()
  }

  get events (): StreamEvent[] {
    return this.reader.events
  }

  get frames (): Frame[] {
    return this.events.map(({ frame }) => frame)
  }

  /** The next frame nobody has waited for yet; of `type` if given, passing over others. Fails once the stream is over. */
  async next (type?: string): Promise<Frame> {
    while (true) {
      while (this.#read < this.events.length) {
        const { frame } = this.events[this.#read++]!
        if (type === undefined || frame.type === type) return frame
      }
      if (this.#isClosed) throw new Error(`the stream was over while waiting for ${type ?? 'a frame'}`)
      await this.#changed(type === undefined ? 'a frame' : `a ${type} frame`)
    }
  }

  /** Resolves when this is so after something came. */
  async until (isSo: () => boolean, what: string): Promise<void> {
    while (!isSo()) await this.#changed(what)
  }

  /** The answer of a request that is refused. */
  async refusal (): Promise<Answer> {
    await within(this.closed, 'the whole answer')
    return { status: this.response!.statusCode!, body: JSON.parse(this.text), headers: this.response!.headers }
  }

  async opened (): Promise<IncomingMessage> {
    if (!this.response) await once(this.request, 'response')
    return this.response!
  }

  close (): void {
    this.request.destroy()
  }

  async #changed (what: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wake = resolve
    await within(promise, what)
  }
}

/** Opens a stream; closed when the test ends. */
export function connectStream (t: Test, base: string, options: StreamOptions = {}): StreamSubscriber {
  const subscriber = new StreamSubscriber(base, options)
  t.teardown(() => subscriber.close())
  return subscriber
}

/** Opens somebody's stream and waits for its welcome. */
export async function openStream (t: Test, base: string, person: Person, query = '', headers: Record<string, string> = {}): Promise<StreamSubscriber> {
  const subscriber = connectStream(t, base, { headers: { ...bearer(person), ...headers }, path: `/sse/notifications${query}` })
  await subscriber.next('welcome')
  return subscriber
}
