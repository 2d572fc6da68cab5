import { WebSocket } from 'ws'
import { createInboxes, type Inbox } from '../../../src/client/inbox/index.ts'
import type { Answer, ConnectionState, Core } from '../../../src/client/seam.ts'
import type { ServerFrame } from '../../../src/protocol/server-frames.ts'
import { mint, type Person } from '../../helper.ts'

/** The inboxes of a user on a real server, over a socket that the test cuts: the least that a connection does for them. */
export class Device implements Core {
  readonly base: string
  readonly user: string
  readonly leads = true
  readonly clock = { now: Date.now, setTimeout: (fn: () => void, ms: number) => setTimeout(fn, ms).unref(), clearTimeout: (timer: unknown) => clearTimeout(timer as NodeJS.Timeout), random: Math.random }
  readonly errors: { code: string, reason: string }[] = []
  readonly inboxes = createInboxes(this)
  connection: ConnectionState = 'connecting'
  #person: Person
  #socket: WebSocket | undefined
  #cursor: string | undefined

  constructor (base: string, person: Person) {
    this.base = base
    this.user = person.sub
    this.#person = person
  }

  /** Connects, and goes on from where it was. */
  connect (): void {
    const since = this.#cursor === undefined ? '' : `?since=${this.#cursor}`
    const socket = new WebSocket(`${this.base.replace('http', 'ws')}/ws/notifications${since}`, { headers: { authorization: `Bearer ${mint(this.#person)}` } })
    this.#socket = socket
    socket.on('error', () => {})
    socket.on('message', text => {
      if (this.#socket !== socket) return
      const frame = JSON.parse(String(text)) as ServerFrame
      if (frame.type === 'welcome') this.#set('connected')
      if ('cursor' in frame && frame.cursor !== undefined) this.#cursor = frame.cursor
      this.inboxes.onFrame(frame)
    })
  }

  cut (): void {
    this.#socket?.terminate()
    this.#socket = undefined
    this.#set('connecting')
  }

  #set (connection: ConnectionState): void {
    this.connection = connection
    this.inboxes.onConnection()
  }

  async call (method: string, path: string, body?: unknown): Promise<Answer> {
    const init = body === undefined ? {} : { body: JSON.stringify(body) }
    const headers = { authorization: `Bearer ${mint(this.#person)}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }
    const answer = await fetch(this.base + path, { method, headers, ...init })
    return { status: answer.status, body: await answer.json(), date: Date.parse(answer.headers.get('date') ?? '') || undefined }
  }

  broadcastToTabs (): void {}
  report (error: { code: string, reason: string }): void { this.errors.push(error) }
}

/** Resolves when a list shows what is waited for. */
export async function until (list: Inbox, isThere: (snapshot: ReturnType<Inbox['getSnapshot']>) => boolean): Promise<void> {
  await new Promise<void>(resolve => {
    const look = () => { if (isThere(list.getSnapshot())) { end(); resolve() } }
    const end = list.subscribe(() => queueMicrotask(look))
    queueMicrotask(look)
  })
}
