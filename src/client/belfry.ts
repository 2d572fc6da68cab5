import type { Send } from '../protocol/client-frames.ts'
import { BelfryError } from './errors.ts'
import { Emitter, type Events, type State } from './events.ts'
import type { Inbox, InboxFilter } from './inbox/index.ts'
import { settingsOf, type BelfryOptions } from './options.ts'
import { currentPlatform, type Platform } from './platform.ts'
import { createSender, type Sender, type SendOptions } from './sending/sender.ts'
import type { BatchItem, Broadcast, Broadcasted, BroadcastTarget, Scheduled, Sent } from './sending/types.ts'
import { createSession, type Session } from './session.ts'

/**
 * A client of a Belfry server, in a page or in Node. It receives every notification of its user, in order and once, as
 * long as it is connected and after each interruption, and sends notifications.
 *
 * ```js
 * const client = new Belfry('https://belfry.example.com', { getToken: () => fetch('/token').then(answer => answer.text()) })
 * client.on('notification', ({ payload }) => console.log(payload.title))
 * client.connect()
 * ```
 */
export class Belfry {
  readonly #emitter = new Emitter()
  readonly #session: Session
  readonly #sender: Sender

  /**
   * Does nothing until it is told to. `url` is the base address of the server; in a page it may be relative. Throws a
   * TypeError for an option that is wrong. `platform` is for tests.
   */
  constructor (url: string | URL, options: BelfryOptions = {}, platform: Platform = currentPlatform()) {
    const settings = settingsOf(url, options)
    this.#session = createSession(settings, platform, this.#emitter)
    this.#sender = createSender(settings, platform, this.#session.tokens, this.#session.http)
  }

  /** Whether it is connected, here or through another tab. */
  get state (): State { return this.#session.state }

  /** The id of the user whose notifications it receives; undefined while it is not known, and for an API key. */
  get user (): string | undefined { return this.#session.user }

  /** Connects, and stays connected until `disconnect`. Does nothing if it is connected, or is about to be. */
  connect (): void {
    this.#session.connect()
  }

  /** Disconnects. It keeps its token and its place, so that after a further `connect` nothing is missed. */
  disconnect (): void {
    this.#session.disconnect()
  }

  /** Resolves when it is connected; at once if it is. Rejects with a `BelfryError` when it is disconnected. */
  async ready (): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const look = () => {
        const { state, cause: { code, reason } } = this.#session
        if (state === 'connecting') return
        end()
        if (state === 'connected') resolve()
        else reject(new BelfryError('disconnected', `Not connected: ${reason} (${code}).`))
      }
      const end = this.on('state', look)
      look()
    })
  }

  /**
   * Gives it another token, for the connection that is open too, and for the other tabs of the user. With the token of
   * another user it starts over as that user, and the other tabs stay with theirs. Throws a TypeError for what is no text.
   */
  setToken (token: string): void {
    this.#session.setToken(token)
  }

  /**
   * Disconnects this and the other tabs of its user, and forgets the token, its place and what is stored. To end the
   * session, call `POST /api/auth/logout` before.
   */
  async logout (): Promise<void> {
    await this.#session.logout()
  }

  /**
   * Calls `listener` whenever `event` happens; returns a function that ends that. Events are those of the client (`state`,
   * `connecting`, `connected`, `disconnected`, `error`) and the types of the server's frames, with the whole frame:
   * `notification`, `notification.read`, `gap`…
   */
  on<K extends keyof Events> (event: K, listener: (event: Events[K]) => void): () => void {
    return this.#emitter.on(event, listener)
  }

  /**
   * A list of the user's inbox that follows the server, for frameworks to subscribe to: the same object for the same
   * filter. Throws a TypeError for a filter that is none.
   */
  inbox (filter?: InboxFilter): Inbox {
    return this.#session.inbox(filter)
  }

  /**
   * Sends a notification once: it gets an id here, unless it has one, and is sent again with the same id for
   * `sendTimeout` while no answer comes or the server is busy. Sends do not wait for each other. Throws a `BelfryError`:
   * its `code` says why, and with its `id` sending again is safe. What a user asked for is never sent as another one.
   */
  async send (notification: Send, options?: SendOptions): Promise<Sent | Scheduled> {
    return await this.#sender.send(notification, options)
  }

  /** Broadcasts a notification to a company, to a role or to a group, as `send` does. Throws as `send`. */
  async broadcast (target: BroadcastTarget, notification: Broadcast, options?: SendOptions): Promise<Broadcasted | Scheduled> {
    return await this.#sender.broadcast(target, notification, options)
  }

  /**
   * Sends any number of notifications, up to 500 in one request. Returns what came of each, in the same order: where it
   * was sent, or the `BelfryError` for which it was not, with its `id`: one that is wrong does not stop the others. Throws
   * `queue_full` only.
   */
  async sendBatch (notifications: readonly Send[], options?: SendOptions): Promise<(BatchItem | BelfryError)[]> {
    return await this.#sender.sendBatch(notifications, options)
  }
}
