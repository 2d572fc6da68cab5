import { existsSync, realpathSync } from 'node:fs'
import { dirname } from 'node:path'
import { assembleStore, type AssembleOptions, type Engine } from '../assemble.ts'
import type { Store } from '../store.ts'
import { Database } from './database.ts'
import { isFull, toFault } from './fault.ts'
import { lockFile } from './lock.ts'
import { LongReader } from './long-reader.ts'
import { assertDatabase } from './own-file.ts'
import { makePrivate, makePrivateFolder } from './private.ts'
import { Writer, type WriterOptions } from './writer.ts'
import { WriterThread } from './writer-thread.ts'

export interface SqliteOptions extends WriterOptions, AssembleOptions {
}

/** Keeps the upper levels of every index of a large store in memory, for which SQLite's default of 2 MiB is too small. */
const CACHE_KIB = 32_768
/** The pages of the file, without those of the write-ahead log. */
const SIZE = '(SELECT page_count FROM pragma_page_count()) * (SELECT page_size FROM pragma_page_size())'

/** Opens a file: with a writer in its own thread, a read-only connection in this one, and a lock against a second process. */
async function openFile (path: string, options: SqliteOptions): Promise<Engine> {
  // A command creates no store and needs no lock: the server's tail reads the events that it appends.
  const { beside = false } = options
  if (!beside) makePrivateFolder(dirname(path))
  // Two names of the same file must share a lock.
  if (existsSync(path)) path = realpathSync(path)
  assertDatabase(path)
  const lock = beside ? { release () {} } : lockFile(path)
  try {
    if (!beside) makePrivate(path)
    const writer = await WriterThread.open(path, options)
    const reader = new Database(path, { readOnly: true })
    const [longReader, wholeReader] = [new LongReader(path), new LongReader(path)]
    reader.pragma(`cache_size = -${CACHE_KIB}`)
    return {
      name: 'sqlite',
      size: SIZE,
      epoch: writer.epoch,
      commit: batch => writer.commit(batch),
      read: steps => reader.snapshot(steps),
      // A single statement is a snapshot by itself.
      readOne: steps => reader.execute(steps),
      readLong: (key, steps) => longReader.read(key, steps),
      readWhole: (key, steps) => wholeReader.read(key, steps),
      toFault: error => toFault(error, path),
      assertWritable: () => writer.assertAlive(),
      close: async () => {
        reader.close()
        longReader.close()
        wholeReader.close()
        await writer.close()
        lock.release()
      }
    }
  } catch (error) {
    lock.release()
    throw error
  }
}

/** Opens a store in memory: one connection for everything, since there is no disk to wait for. */
function openMemory (options: WriterOptions): Engine {
  const writer = new Writer(':memory:', options)
  return {
    name: 'sqlite',
    size: SIZE,
    epoch: writer.epoch,
    commit: async batch => writer.commit(batch),
    read: steps => writer.execute(steps),
    toFault: error => toFault(error, ':memory:'),
    close: async () => writer.close()
  }
}

/** Opens the store at `path`, or one in memory for `:memory:`. Throws with a one-line message for an operator if it cannot. */
export async function openSqlite (path: string, { now, ...options }: SqliteOptions = {}): Promise<Store> {
  if (path === ':memory:') return assembleStore(openMemory(options), { now })
  const engine = await openFile(path, options).catch(error => {
    throw new Error(`cannot open ${path}: ${isFull(error, path) ? 'the disk is full' : (error as Error).message}`, { cause: error })
  })
  return assembleStore(engine, { now })
}
