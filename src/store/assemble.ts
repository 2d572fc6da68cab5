import { isBelfryError, problem } from '../errors.ts'
import type { ErrorCode } from '../protocol/error-codes.ts'
import { GroupCommit } from './group-commit.ts'
import * as credentials from './ops/identity/credentials.ts'
import * as inboxes from './ops/inbox/inbox.ts'
import { isRetry, notification } from './ops/notify.ts'
import { Gather } from './gather.ts'
import { countUnreadOfEach, MAX_COUNTED } from './ops/inbox/unread.ts'
import { sessions } from './ops/identity/sessions.ts'
import { events, replay } from './ops/replay.ts'
import * as directory from './ops/identity/users.ts'
import { foreseeUser } from './ops/identity/user-changes.ts'
import type { Membership } from '../log/audience.ts'
import type { Commit, Outcome, Write, WriteName, WriteResult } from './ops/index.ts'
import type { Steps } from './query.ts'
import type { CommitListener, Store, Unread } from './store.ts'

/** What an engine does for itself; everything else is the same for all of them. */
export interface Engine {
  epoch: string
  /** Commits a batch in one transaction, durably; rejects if the outcome is not known to be that. */
  commit: Commit
  /** Runs an operation's steps, all looking at one moment of the store. */
  read: <T>(steps: Steps<T>) => T | Promise<T>
  /** The same for an operation of a single step, where that is cheaper. */
  readOne?: <T>(steps: Steps<T>) => T | Promise<T>
  /** As `read`, for many statements, with pauses in which others are served; fairly by key. */
  readLong?: <T>(key: string, steps: Steps<T>) => Promise<T>
  /** An engine's own error in the catalogue's words, its own in `cause`. */
  toFault: (error: unknown) => Error
  /** Throws if writes cannot succeed before the next start. */
  assertWritable?: () => void
  close: () => Promise<void>
}

export interface AssembleOptions {
  /** The clock: milliseconds since 1970. */
  now?: (() => number) | undefined
}

/** Sockets come by the thousand, and a welcome can wait this long. */
const COUNT_PACE_MS = 3

/** Makes a store of an engine: group commit before it, the operations on it. */
export function assembleStore (engine: Engine, { now = Date.now }: AssembleOptions = {}): Store {
  const listeners: CommitListener[] = []
  let isFull = false

  const commits = new GroupCommit<Write, Outcome>({
    commit: async batch => {
      const start = performance.now()
      const { outcomes, events } = await engine.commit(batch).catch(error => {
        const fault = engine.toFault(error)
        isFull ||= isBelfryError(fault) && fault.code === 'BLF_STORE_FULL'
        throw fault
      })
      // A commit that stored nothing proves nothing.
      if (events.length > 0) isFull = false
      const commit = { ms: performance.now() - start, writes: batch.length }
      for (const listener of listeners) listener(events, commit)
      return outcomes
    },
    refuse: () => problem('BLF_STORE_UNAVAILABLE', 'Too many writes are waiting; nothing was stored.')
  })

  async function write<N extends WriteName> (name: N, args: Write<N>['args']): Promise<WriteResult<N>> {
    const outcome = await commits.add({ name, args })
    if (outcome.ok) return outcome.value as WriteResult<N>
    // What an unforeseen fault says is for the log, not for the outside.
    if (outcome.code === 'BLF_INTERNAL') throw Object.assign(problem('BLF_INTERNAL'), { cause: outcome.detail })
    throw problem(outcome.code as ErrorCode, outcome.detail)
  }

  async function read<T> (steps: Steps<T>, how = engine.readOne ?? engine.read): Promise<T> {
    try {
      return await how(steps)
    } catch (error) {
      throw engine.toFault(error)
    }
  }

  const snapshot = <T>(steps: Steps<T>) => read(steps, engine.read)

  const readLong = <T>(key: string, steps: Steps<T>) => read(steps, steps => engine.readLong?.(key, steps) ?? engine.read(steps))

  const counts = new Gather<Membership, Unread | undefined>({
    ask: members => read(countUnreadOfEach(members, now())),
    max: MAX_COUNTED,
    paceMs: COUNT_PACE_MS
  })

  return {
    epoch: engine.epoch,
    isFull: () => isFull,
    notify: draft => write('notify', draft),
    isRetry: draft => read(isRetry(draft)),
    notification: id => read(notification(id)),
    recall: (id, by) => write('recall', { id, by, at: now() }),
    onCommit: listener => { listeners.push(listener) },
    ping: async () => {
      await read(inboxes.head())
      try {
        engine.assertWritable?.()
      } catch (error) {
        throw engine.toFault(error)
      }
    },
    close: async () => {
      await commits.idle()
      counts.flush()
      await engine.close()
    },

    head: () => read(inboxes.head()),
    floor: () => read(inboxes.floor()),
    events: (after, limit) => read(events(after, limit)),
    replay: (userId, after, upTo, limit, topics) => snapshot(replay({ userId, after, upTo, limit, topics, now: now() })),
    retain: (since, limit) => write('retain', { since, limit, at: now() }),
    tidy: limit => write('tidy', { limit, at: now() }),

    inbox: async (userId, filter) => await snapshot(inboxes.inbox(userId, filter, now())) ?? await readLong(userId, inboxes.searchInbox(userId, filter, now())),
    unread: async (userId, membership) => {
      const counted = membership && await counts.get(membership)
      return counted ?? await snapshot(inboxes.unread(userId, now()))
    },
    mark: (userId, verb, ids) => write('mark', { userId, verb, ids, at: now() }),
    readAll: (userId, upTo, topic) => write('readAll', { userId, upTo, topic, at: now() }),

    user: id => read(directory.user(id)),
    usersById: ids => read(directory.usersById(ids)),
    userByName: username => read(directory.userByName(username)),
    users: page => read(directory.users(page)),
    countAudience: audience => read(directory.countAudience(audience)),
    countUnknown: (ids, before) => read(directory.countUnknown(ids, before)),
    countUsersEver: () => read(directory.countUsersEver()),
    createUser: (user, by) => write('createUser', { user, by, at: now() }),
    createFirstUser: async user => await write('createFirstUser', { user, at: now() }) ?? undefined,
    changeUser: (id, change, by) => write('changeUser', { id, change, by, at: now() }),
    changePassword: (by, verifiedHash, passwordHash) => write('changePassword', { by, verifiedHash, passwordHash, at: now() }),
    removeUser: (id, by) => write('removeUser', { id, by, at: now() }),
    seeUser: claims => write('seeUser', { claims, at: now() }),
    foreseeUser: claims => read(foreseeUser(claims, now())),

    openSession: session => write('openSession', { session, at: now() }),
    isSessionOpen: id => read(credentials.isSessionOpen(id)),
    refresh: rotation => write('refresh', { rotation, at: now() }),
    sessions: userId => read(sessions(userId, now())),
    endSession: (id, by) => write('endSession', { id, by, at: now() }),
    revokeSessions: userId => write('revokeSessions', { userId, at: now() }),
    revokeSession: id => write('revokeSession', { id, at: now() }),
    createTicket: ticket => write('createTicket', { ticket }),
    redeemTicket: hash => write('redeemTicket', { hash, at: now() }),
    createKey: (key, by) => write('createKey', { key, by, at: now() }),
    keyByHash: hash => read(credentials.keyByHash(hash)),
    keys: () => read(credentials.keys()),
    touchKey: id => write('touchKey', { id, at: now() }),
    revokeKey: (id, by) => write('revokeKey', { id, by, at: now() })
  }
}
