import { hash } from 'node:crypto'
import { keysOfAudience } from '../log/audience.ts'
import { problem } from '../errors.ts'
import { newId } from '../identity/ids.ts'
import type { ActorRef } from '../rights/principal.ts'
import type { Draft } from '../store/store.ts'
import { formatTimestamp, parseTimestamp } from '../protocol/timestamp.ts'
import type { Audience } from '../../schemas/audience.ts'
import type { Envelope } from '../../schemas/envelope.ts'
import type { Notification, NotificationData } from '../../schemas/notification.ts'
import type { Send } from '../../schemas/send.ts'

const MAX_DATA_BYTES = 8192
const MAX_DATA_DEPTH = 32

/** What a caller wants sent, however it said so. */
export interface Content {
  id?: string | undefined
  /** What a broadcast's caller calls it: no id, for there may be others under the same label. */
  label?: string | undefined
  title: string
  message: string
  type: Notification['type']
  createdAt?: number | undefined
  expiresAt?: number | undefined
  data: NotificationData
  /** Where its fields stood in what the caller sent, for saying what is wrong with them. */
  path?: string
}

/** The content of a `send` body, which stands at `path` of what the caller sent. */
export function contentOfSend ({ title, message, priority, topic, id, data, expires_at: expiresAt }: Send, path = ''): Content {
  if (data?.topic !== undefined && data.topic !== topic) throw invalid(`${path}/data/topic`, 'must be the same as topic')
  return {
    id, title, message, type: priority, data: { ...data, topic }, expiresAt: moment(`${path}/expires_at`, expiresAt), path
  }
}

/** The content of a broadcast's envelope. */
export function contentOfEnvelope ({ id: outerId, payload }: Envelope): Content {
  const { id: innerId, title, message, type, data = {}, created_at: createdAt, expires_at: expiresAt } = payload
  if (outerId !== undefined && innerId !== undefined && outerId !== innerId) throw invalid('/payload/id', 'must be the same as id')
  return {
    label: outerId ?? innerId,
    title,
    message,
    type,
    data,
    createdAt: moment('/payload/created_at', createdAt),
    expiresAt: moment('/payload/expires_at', expiresAt),
    path: '/payload'
  }
}

export interface Addressing {
  audience: Audience
  sender: string
  /** The company the whole audience lies in, null if it is wider. */
  scope: string | null
  /** Whose right to send this is judged again when it is stored. */
  by?: ActorRef | undefined
  idempotencyKey?: string | undefined
}

/** Whether a content has expired already: fine for the retry of a send, not for a new one. */
export function isExpired ({ expiresAt }: Content): boolean {
  return expiresAt !== undefined && expiresAt <= Date.now()
}

/** What to say of an expired one. */
export function expired ({ path = '' }: Content): Error {
  return invalid(`${path}/expires_at`, 'must be in the future')
}

/** Makes the log's draft of a content; throws BLF_VALIDATION for what no schema can say. */
export function draftOf (content: Content, { audience, sender, scope, by, idempotencyKey }: Addressing): Draft {
  const { label, title, message, type, createdAt, expiresAt, data, path = '' } = content
  checkData(`${path}/data`, data)
  const now = Date.now()
  const keys = keysOfAudience(audience)
  const id = content.id ?? label ?? newId()
  const body: Notification = {
    id,
    title,
    message,
    type,
    created_at: formatTimestamp(createdAt ?? now),
    read: false,
    ...(expiresAt === undefined ? {} : { expires_at: formatTimestamp(expiresAt) }),
    data
  }
  const isNew = content.id === undefined && label === undefined && idempotencyKey === undefined
  return {
    id,
    label: label === undefined ? undefined : { text: label, otherId: newId() },
    idempotencyKey: idempotencyKey ?? null,
    isNew,
    sender,
    scope,
    by,
    keys,
    // Whatever comes under an id that was made here is no retry, but another's.
    digest: isNew ? '' : digestOf(content, sender, keys),
    type,
    topic: data.topic ?? null,
    at: now,
    expiresAt: expiresAt ?? null,
    body: JSON.stringify(body)
  }
}

/** Of all that a retry must repeat: who, to whom, what. */
function digestOf ({ id, label, title, message, type, createdAt, expiresAt, data }: Content, sender: string, keys: string[]): string {
  const repeated = [sender, id ?? label ?? null, [...keys].sort(), title, message, type, createdAt ?? null, expiresAt ?? null, inOrder(data)]
  return hash('sha256', JSON.stringify(repeated), 'base64url')
}

function checkData (path: string, data: NotificationData): void {
  // Depth first: serialising recurses.
  if (isDeeperThan(MAX_DATA_DEPTH, data)) throw invalid(path, `must not be nested deeper than ${MAX_DATA_DEPTH} levels`)
  const text = JSON.stringify(data)
  if (Buffer.byteLength(text) > MAX_DATA_BYTES) throw invalid(path, `must not be larger than ${MAX_DATA_BYTES} bytes as JSON`)
  // Well-formed JSON.stringify (ES2019) escapes exactly what has no place in a store: NUL and lone surrogates.
  if (/(?<!\\)(\\\\)*\\u(0000|d[89a-f][0-9a-f]{2})/.test(text)) throw invalid(path, 'must not contain NUL or lone surrogates')
}

function isDeeperThan (levels: number, root: object): boolean {
  let containers: unknown[] = [root]
  for (let level = 0; level < levels && containers.length > 0; level++) {
    const values = containers.flatMap(container => Object.values(container as object) as unknown[])
    containers = values.filter(value => typeof value === 'object' && value !== null)
  }
  return containers.length > 0
}

/** The same with the fields of objects by name, so that what is equal makes equal text. */
function inOrder (value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(inOrder)
  const names = Object.keys(value).sort()
  return Object.fromEntries(names.map(name => [name, inOrder((value as Record<string, unknown>)[name])]))
}

function moment (path: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const ms = parseTimestamp(text)
  if (ms === undefined) throw invalid(path, 'must be a date and time that exists')
  return ms
}

function invalid (path: string, message: string): Error {
  return problem('BLF_VALIDATION', undefined, [{ path, message }])
}
