import { Cached } from './cached.ts'
import type { KeyRecord } from '../store/credentials.ts'
import type { LogEvent } from '../log/event.ts'
import type { Store, UserRecord } from '../store/store.ts'

/** The users, sessions and API keys that this node has seen lately, so that a request costs no read. The log's events keep it up to date. */
export class Directory {
  readonly #users: Cached<UserRecord>
  readonly #sessions: Cached<true>
  readonly #keys: Cached<KeyRecord>

  readonly #usersById: Store['usersById']

  constructor (store: Pick<Store, 'user' | 'usersById' | 'isSessionOpen' | 'keyByHash'>) {
    this.#usersById = ids => store.usersById(ids)
    this.#users = new Cached(id => store.user(id))
    this.#sessions = new Cached(async id => await store.isSessionOpen(id) || undefined)
    this.#keys = new Cached(hash => store.keyByHash(hash))
  }

  user (id: string): Promise<UserRecord | undefined> {
    return this.#users.get(id)
  }

  /** Several users by their ids, with at most one read of the store. */
  users (ids: string[]): Promise<Map<string, UserRecord | undefined>> {
    return this.#users.getAll(ids, async cold => new Map((await this.#usersById(cold)).map(user => [user.id, user])))
  }

  /** Drops a user after a write that changed it, so that it is read again. */
  forgetUser (id: string): void {
    this.#users.forget(id)
  }

  /** Whether a session of Belfry's own login has not ended. */
  async isSessionOpen (id: string): Promise<boolean> {
    return await this.#sessions.get(id) === true
  }

  /** Whether a session is known to be open, without asking the store. */
  knowsSession (id: string): boolean {
    return this.#sessions.has(id)
  }

  /** Whether a key is known, without asking the store. */
  knowsKey (hash: string): boolean {
    return this.#keys.has(hash)
  }

  keyByHash (hash: string): Promise<KeyRecord | undefined> {
    return this.#keys.get(hash)
  }

  /** Drops what the log's events change, so that it is read again. */
  follow (events: LogEvent[]): void {
    for (const { kind, body } of events) {
      if (kind === 'user.updated') this.#users.forget((JSON.parse(body) as { id: string }).id)
      if (kind === 'session.revoked') this.#sessions.forget((JSON.parse(body) as { id: string }).id)
      if (kind === 'key.revoked') this.#keys.forget((JSON.parse(body) as { hash: string }).hash)
    }
  }
}
