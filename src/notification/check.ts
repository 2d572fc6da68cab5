import { problem } from '../errors.ts'
import type { NotificationData } from '../../schemas/notification.ts'
import type { Shape } from '../../schemas/shape.ts'

const MAX_DATA_BYTES = 8192
const MAX_DATA_DEPTH = 32
const MAX_KEY_LENGTH = 200

/** The fields with rules that JSON Schema cannot express. */
export interface Checked extends Shape { data?: NotificationData | undefined }

/**
 * Checks the content of a notification, or of a change of one, after its schema has accepted it; `path` is the JSON
 * Pointer of the content in the caller's input. Throws BLF_VALIDATION.
 */
export function checkContent (path: string, { data, url, icon, actions = [] }: Checked): void {
  if (data !== undefined) checkData(`${path}/data`, data)
  if (url !== undefined) checkUrl(`${path}/url`, url)
  if (icon !== undefined) checkUrl(`${path}/icon`, icon)
  for (const [index, { id, url }] of actions.entries()) {
    const isTaken = actions.slice(0, index).some(action => action.id === id)
    if (isTaken) throw invalid(`${path}/actions/${index}/id`, 'must differ from the ids of the other actions')
    if (url !== undefined) checkUrl(`${path}/actions/${index}/url`, url)
  }
}

export function invalid (path: string, message: string): Error {
  return problem('BLF_VALIDATION', undefined, [{ path, message }])
}

function checkData (path: string, data: NotificationData): void {
  // The depth is checked before JSON.stringify, which recurses and could overflow the stack.
  if (isDeeperThan(MAX_DATA_DEPTH, data)) throw invalid(path, `must not be nested deeper than ${MAX_DATA_DEPTH} levels`)
  const text = JSON.stringify(data)
  // A UTF-16 code unit takes 3 bytes at most: short texts, which are nearly all, need no count.
  if (text.length * 3 > MAX_DATA_BYTES && Buffer.byteLength(text) > MAX_DATA_BYTES) throw invalid(path, `must not be larger than ${MAX_DATA_BYTES} bytes as JSON`)
  // JSON.stringify (well-formed since ES2019) escapes NUL and lone surrogates, neither of which PostgreSQL can store.
  if (text.includes('\\u') && /(?<!\\)(\\\\)*\\u(0000|d[89a-f][0-9a-f]{2})/.test(text)) throw invalid(path, 'must not contain NUL or lone surrogates')
  checkTranslation(path, data)
}

/** `key` and `args` are checked here and not by the schema, because answers have the same schema, and older items may have any value there. */
function checkTranslation (path: string, { key, args }: Record<string, unknown>): void {
  if (key !== undefined && !(typeof key === 'string' && key !== '' && key.length <= MAX_KEY_LENGTH)) {
    throw invalid(`${path}/key`, `must be a text of 1 to ${MAX_KEY_LENGTH} characters`)
  }
  if (args === undefined) return
  const isObject = typeof args === 'object' && args !== null && !Array.isArray(args)
  if (!isObject) throw invalid(`${path}/args`, 'must be an object of texts and numbers')
  for (const [name, value] of Object.entries(args)) {
    if (!['string', 'number'].includes(typeof value)) throw invalid(`${path}/args/${pointer(name)}`, 'must be a text or a number')
  }
}

/** What paths are resolved against. One that leads to another host is no path. */
const BASE = new URL('https://base.invalid')

function checkUrl (path: string, text: string): void {
  const isPath = text.startsWith('/')
  const url = URL.parse(text, isPath ? BASE : undefined)
  if (!url || (isPath && url.origin !== BASE.origin)) throw invalid(path, 'must be a valid URL')
  // RFC 9110 §4.2.4: `https://bank.example@evil.example` only looks like a link to a bank. Parsers skip any number of slashes.
  if (/^https?:[/\\]*[^/?#\\]*@/i.test(text)) throw invalid(path, 'must not contain a user name or a password')
}

function isDeeperThan (levels: number, root: object): boolean {
  // Nearly all data is flat.
  if (!Object.values(root).some(value => typeof value === 'object')) return false
  let containers: unknown[] = [root]
  for (let level = 0; level < levels && containers.length > 0; level++) {
    const values = containers.flatMap(container => Object.values(container as object) as unknown[])
    containers = values.filter(value => typeof value === 'object' && value !== null)
  }
  return containers.length > 0
}

/** A name as a part of a JSON Pointer. RFC 6901 §3. */
function pointer (name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}
