import { parseArgs } from 'node:util'
import type { Config } from '../config.ts'
import { backupFile, restoreFile, type BackupSummary } from '../store/sqlite/backup.ts'

/** `backup <file>`: copies the database while the server runs. */
export async function backup (args: string[], config: Config): Promise<string> {
  const { positionals: [target] } = parseArgs({ args, allowPositionals: true })
  if (target === undefined) throw new Error('usage: npm run backup -- <file>')
  return `saved to ${target}: ${summarise(await backupFile(pathOf(config), target))}`
}

/** `restore <file> [--replace]`: replaces the database with a backup; the server must be stopped. */
export async function restore (args: string[], config: Config): Promise<string> {
  const { positionals: [source], values } = parseArgs({ args, allowPositionals: true, options: { replace: { type: 'boolean' } } })
  if (source === undefined) throw new Error('usage: npm run restore -- <file> [--replace]')
  const path = pathOf(config)
  return `restored ${path}: ${summarise(await restoreFile(source, path, values))}`
}

function pathOf ({ DATABASE_URL: url }: Config): string {
  const path = url.startsWith('sqlite:') ? url.slice('sqlite:'.length) : ':memory:'
  if (path === ':memory:') throw new Error('only SQLite stores can be backed up with this command; use pg_dump for PostgreSQL')
  return path
}

function summarise ({ epoch, events, head, users }: BackupSummary): string {
  return `epoch ${epoch}, ${events} events up to number ${head}, ${users} users`
}
