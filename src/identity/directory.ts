import { Cached } from './cached.ts'
import type { KeyRecord } from '../store/credentials.ts'
import type { LogEvent } from '../log/event.ts'
import type { Store, UserRecord } from '../store/store.ts'

/** Caches users, open sessions and API keys, so that most requests need no read of the store. `follow` invalidates what log events change. */
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

  /** Users by their ids, with at most one read of the store for those that are not cached. */
  users (ids: string[]): Promise<Map<string, UserRecord | undefined>> {
    return this.#users.getAll(ids, async missing => new Map((await this.#usersById(missing)).map(user => [user.id, user])))
  }

  /** Invalidates a user after a write that changed it. */
  forgetUser (id: string): void {
    this.#users.forget(id)
  }

  /** Whether a session of Belfry's own login is open. */
  async isSessionOpen (id: string): Promise<boolean> {
    return await this.#sessions.get(id) === true
  }

  /** Whether a session is cached as open; never reads the store. */
  knowsSession (id: string): boolean {
    return this.#sessions.has(id)
  }

  /** Whether a key is cached; never reads the store. */
  knowsKey (hash: string): boolean {
    return this.#keys.has(hash)
  }

  keyByHash (hash: string): Promise<KeyRecord | undefined> {
    return this.#keys.get(hash)
  }

  /** Invalidates what the log events change. */
  follow (events: LogEvent[]): void {
    for (const { kind, body } of events) {
      if (kind === 'user.updated') this.#users.forget((JSON.parse(body) as { id: string }).id)
      if (kind === 'session.revoked') this.#sessions.forget((JSON.parse(body) as { id: string }).id)
      if (kind === 'key.revoked') this.#keys.forget((JSON.parse(body) as { hash: string }).hash)
    }
  }
}
