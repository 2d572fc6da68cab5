import type { Test } from 'tap'
import { Belfry } from '../../../src/client/belfry.ts'
import type { Events } from '../../../src/client/events.ts'
import type { BelfryOptions } from '../../../src/client/options.ts'
import type { Platform } from '../../../src/client/platform.ts'
import { HandClock, settled } from './clock.ts'
import { FakeServer } from './server.ts'

/** A time, a server and the clients that know both. */
export class World {
  readonly clock = new HandClock()
  readonly server = new FakeServer()
  /** What `random` gives. */
  chance = 0.5
  readonly platform: Platform = { now: this.clock.now, wall: this.clock.now, random: () => this.chance, after: this.clock.after }

  client (t: Test, options: BelfryOptions = {}, platform: Platform = this.platform): Belfry {
    const client = new Belfry('https://belfry.test', { token: token('alice'), websocket: this.server.WebSocket, fetch: this.server.fetch as typeof fetch, ...options }, platform)
    t.teardown(() => client.disconnect())
    return client
  }
}

/** A token as the client sees it: of a user, and different for each `serial`. */
export function token (subject: string, serial = 1): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'HS256' })}.${part({ sub: subject, serial })}.signature`
}

/** What a client tells of itself, one line an event, in order. */
export function journal (client: Belfry, ...more: (keyof Events)[]): string[] {
  const lines: string[] = []
  client.on('connecting', ({ code, reason }) => lines.push(`connecting ${code} ${reason}`))
  client.on('connected', ({ transport }) => lines.push(`connected ${transport}`))
  client.on('disconnected', ({ code, reason }) => lines.push(`disconnected ${code} ${reason}`))
  client.on('error', ({ code }) => lines.push(`error ${code}`))
  for (const event of more) client.on(event, (frame: any) => lines.push(`${event} ${frame.payload?.id ?? frame.payload?.reason ?? ''}`.trim()))
  return lines
}

/** A notification frame. */
export function notification (seq: number): object {
  const id = `n${seq}`
  return { type: 'notification', id, cursor: cursor(seq), payload: { id, title: id, message: id, type: 'info', created_at: '2026-01-01T00:00:00.000Z', read: false, data: {} } }
}

export function cursor (seq: number): string {
  return `abcdefgh.${seq.toString(36)}`
}

export { settled }
