import { existsSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import process from 'node:process'
import { backup as copyPages, DatabaseSync } from 'node:sqlite'
import { newEpoch } from '../epoch.ts'
import { lockNamedFile } from './lock.ts'
import { makePrivate, makePrivateFolder } from './private.ts'

/** The content of a copy, read from the copy itself. */
export interface BackupSummary { epoch: string, events: number, head: number, users: number }

// All pages in one step: with several, every write in between restarts the copy, which may then never end.
const WHOLE = 2 ** 31 - 1

/** Copies a database that may be in use, as of one moment. Throws if `target` exists or the source is not a store. */
export async function backupFile (source: string, target: string): Promise<BackupSummary> {
  if (!existsSync(source)) throw new Error(`there is no database at ${source}`)
  if (existsSync(target)) throw new Error(`${target} already exists`)
  return await copy(source, target, () => {})
}

const SUMMARY = `SELECT epoch, seq AS head, (SELECT count(*) FROM events) AS events,
  (SELECT count(*) FROM users WHERE deleted_at IS NULL) AS users FROM log`

/**
 * Replaces a database that no server uses by a backup, with a new epoch, so that cursors of the old log get
 * a `gap` instead of other events. The old database is kept as `<target>.replaced`. Throws if there is one
 * and `replace` is not set.
 */
export async function restoreFile (source: string, target: string, { replace = false } = {}): Promise<BackupSummary> {
  if (!existsSync(source)) throw new Error(`there is no backup at ${source}`)
  makePrivateFolder(dirname(target))
  const lock = lockNamedFile(target)
  try {
    if (existsSync(target) && !replace) throw new Error(`${target} already exists; --replace overwrites it with the backup`)
    const restored = `${target}.restoring`
    rmSync(restored, { force: true })
    const summary = await copy(source, restored, db => db.prepare('UPDATE log SET epoch = ?').run(newEpoch()), target)
    if (existsSync(target)) setAside(target)
    renameSync(restored, target)
    return summary
  } finally {
    lock.release()
  }
}

async function copy (source: string, target: string, finish: (db: DatabaseSync) => void, named = target): Promise<BackupSummary> {
  const draft = `${target}.${process.pid}`
  const from = new DatabaseSync(source, { readOnly: true, timeout: 5000 })
  try {
    // Private before it has any content.
    makePrivate(draft)
    await copyPages(from, draft, { rate: WHOLE })
    const summary = check(draft, finish)
    renameSync(draft, target)
    return summary
  } catch (error) {
    const { message } = error as Error
    // The caller knows the target's name, not the draft's.
    throw new Error(`${named} was not made: ${message.replaceAll(draft, named)}`, { cause: error })
  } finally {
    from.close()
    rmSync(draft, { force: true })
  }
}

function check (path: string, finish: (db: DatabaseSync) => void): BackupSummary {
  const db = new DatabaseSync(path)
  try {
    // Leaves one file, without a WAL beside it.
    db.exec('PRAGMA journal_mode = DELETE')
    const { integrity_check: verdict } = db.prepare('PRAGMA integrity_check').get() as { integrity_check: string }
    if (verdict !== 'ok') throw new Error(`the copy is damaged: ${verdict}`)
    finish(db)
    const row = db.prepare(SUMMARY).get() as unknown as BackupSummary
    return { ...row }
  } finally {
    db.close()
  }
}

function setAside (path: string): void {
  for (const suffix of ['', '-wal', '-shm']) {
    rmSync(`${path}.replaced${suffix}`, { force: true })
    if (existsSync(path + suffix)) renameSync(path + suffix, `${path}.replaced${suffix}`)
  }
}
