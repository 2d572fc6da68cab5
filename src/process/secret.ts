import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, linkSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { ConfigError, type Config } from '../config.ts'
import { isPushKey, newPushKey } from '../settings/push.ts'
import { makePrivateFolder } from '../store/sqlite/private.ts'

const FILE = 'jwt.secret'
const PUSH_FILE = 'push.key'
const MIN_BYTES = 32

/**
 * The HS256 key: JWT_SECRET if it is set, else the one kept in a file beside the SQLite database, which
 * the first start creates with mode 0600. A store in memory gets a key that is never written to disk.
 */
export function loadSecret ({ JWT_SECRET: given, DATABASE_URL: url }: Config): string {
  return given ?? kept(url, FILE, randomBytes(48).toString('base64url'), read)
}

/** The private key by which push services know this server: VAPID_PRIVATE_KEY, or kept in the same way. */
export function loadPushKey ({ VAPID_PRIVATE_KEY: given, DATABASE_URL: url }: Config): string {
  return given ?? kept(url, PUSH_FILE, newPushKey(), file => {
    const key = readFileSync(file, 'utf8').trim()
    if (!isPushKey(key)) throw new ConfigError(`the key in ${PUSH_FILE} beside the database must be a private key of P-256, 32 bytes as base64url`)
    return key
  })
}

function kept (url: string, name: string, fresh: string, read: (file: string) => string): string {
  const path = url.slice('sqlite:'.length)
  if (path === ':memory:') return fresh
  const file = join(dirname(path), name)
  makePrivateFolder(dirname(file))
  if (createWhole(file, fresh)) return fresh
  try {
    return read(file)
  } catch (error) {
    // What the system says of a folder names no file.
    throw error instanceof ConfigError ? error : new ConfigError(`${file} cannot be read: ${(error as Error).message}`)
  }
}

/** The same key for a command, which never creates one: no server would accept tokens signed with that. */
export function readSecret ({ JWT_SECRET: given, DATABASE_URL: url }: Config): string {
  if (given !== undefined) return given
  const file = join(dirname(url.slice('sqlite:'.length)), FILE)
  if (!existsSync(file)) throw new ConfigError(`there is no ${FILE} beside the store: set JWT_SECRET to the server's value`)
  return read(file)
}

function read (file: string): string {
  const kept = readFileSync(file, 'utf8').trim()
  if (Buffer.byteLength(kept) < MIN_BYTES) throw new ConfigError(`the key in ${FILE} beside the database must have ${MIN_BYTES} bytes or more`)
  return kept
}

/** Creates a file atomically: with its whole content or not at all, even if the process dies. False if the file exists. */
function createWhole (file: string, content: string): boolean {
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, content, { mode: 0o600, flush: true })
  // A strict umask would lock out even the owner.
  chmodSync(draft, 0o600)
  try {
    linkSync(draft, file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return false
  } finally {
    unlinkSync(draft)
  }
}
