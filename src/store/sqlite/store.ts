import { chmodSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { GroupCommit } from '../../log/group-commit.ts'
import { problem, type ErrorCode } from '../../errors.ts'
import * as inboxes from '../ops/inbox.ts'
import { notification } from '../ops/notify.ts'
import { events, replay } from '../ops/replay.ts'
import * as directory from '../ops/users.ts'
import type { Commit, Outcome, Write, WriteName, WriteResult } from '../ops/index.ts'
import type { Steps } from '../query.ts'
import type { CommitListener, Store } from '../store.ts'
import { Database } from './database.ts'
import { lockFile } from './lock.ts'
import { isDiskFault, Writer, type WriterOptions } from './writer.ts'
import { WriterThread } from './writer-thread.ts'

export interface SqliteOptions extends WriterOptions {
  /** The clock: milliseconds since 1970. */
  now?: () => number
}

interface Engine {
  epoch: string
  commit: Commit
  read: <T>(steps: Steps<T>) => T
  close: () => Promise<void>
}

/** A file: a writer in its own thread, a read-only connection here, and a lock against a second process. */
async function openFile (path: string, options: WriterOptions): Promise<Engine> {
  mkdirSync(dirname(path), { recursive: true })
  const lock = lockFile(path)
  try {
    const writer = await WriterThread.open(path, options)
    chmodSync(path, 0o600)
    const reader = new Database(path, { readOnly: true })
    return {
      epoch: writer.epoch,
      commit: batch => writer.commit(batch),
      read: steps => reader.snapshot(steps),
      close: async () => {
        reader.close()
        await writer.close()
        lock.release()
      }
    }
  } catch (error) {
    lock.release()
    throw error
  }
}

/** Memory: one connection for everything; there is no disk to wait for. */
function openMemory (options: WriterOptions): Engine {
  const writer = new Writer(':memory:', options)
  return {
    epoch: writer.epoch,
    commit: async batch => writer.commit(batch),
    read: steps => writer.execute(steps),
    close: async () => writer.close()
  }
}

/** Opens the store at `path`, or one in memory for `:memory:`. */
export async function openSqlite (path: string, { now = Date.now, ...options }: SqliteOptions = {}): Promise<Store> {
  const engine = path === ':memory:' ? openMemory(options) : await openFile(path, options)
  const listeners: CommitListener[] = []

  const commits = new GroupCommit<Write, Outcome>({
    commit: async batch => {
      const start = performance.now()
      const { outcomes, events } = await engine.commit(batch).catch(error => { throw storeFault(error) })
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

  async function read<T> (steps: Steps<T>): Promise<T> {
    try {
      return engine.read(steps)
    } catch (error) {
      throw storeFault(error)
    }
  }

  return {
    epoch: engine.epoch,
    notify: draft => write('notify', draft),
    notification: id => read(notification(id)),
    recall: id => write('recall', { id, at: now() }),
    onCommit: listener => { listeners.push(listener) },
    ping: async () => { await read(inboxes.head()) },
    close: async () => {
      await commits.idle()
      await engine.close()
    },

    head: () => read(inboxes.head()),
    floor: () => read(inboxes.floor()),
    events: (after, limit) => read(events(after, limit)),
    replay: (userId, after, upTo, limit) => read(replay(userId, after, upTo, limit, now())),

    inbox: (userId, filter) => read(inboxes.inbox(userId, filter, now())),
    unread: userId => read(inboxes.unread(userId, now())),
    mark: (userId, verb, ids, origin) => write('mark', { userId, verb, ids, at: now(), origin }),
    readAll: (userId, upTo, topic, origin) => write('readAll', { userId, upTo, topic, at: now(), origin }),

    user: id => read(directory.user(id)),
    userByName: username => read(directory.userByName(username)),
    users: page => read(directory.users(page)),
    countAudience: audience => read(directory.countAudience(audience)),
    countUsersEver: () => read(directory.countUsersEver()),
    createUser: user => write('createUser', { user, at: now() }),
    changeUser: (id, change) => write('changeUser', { id, change, at: now() }),
    removeUser: id => write('removeUser', { id, at: now() }),
    seeUser: claims => write('seeUser', { claims, at: now() })
  }
}

/** A fault of the disk or the file, in the catalogue's words; the engine's own stay in `cause`, for the log. */
function storeFault (error: unknown): Error {
  const code = (error as { errcode?: number }).errcode
  const fault = problem(code !== undefined && (code & 0xff) === 13 ? 'BLF_STORE_FULL' : 'BLF_STORE_UNAVAILABLE')
  return Object.assign(fault, { cause: error, isDiskFault: isDiskFault(error) })
}
