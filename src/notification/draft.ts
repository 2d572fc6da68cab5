import { hash } from 'node:crypto'
import { addressing, isUserKey } from '../log/audience.ts'
import { newId } from '../identity/ids.ts'
import type { ActorRef } from '../rights/principal.ts'
import type { Draft } from '../store/store.ts'
import { formatTimestamp, parseTimestamp } from '../protocol/timestamp.ts'
import type { Envelope } from '../../schemas/envelope.ts'
import type { Notification, NotificationData } from '../../schemas/notification.ts'
import type { Send } from '../../schemas/send.ts'
import type { Shape } from '../../schemas/shape.ts'
import { checkDemand, readDemand, shownDemand, toDemand, type Demanded } from './demand.ts'
import { checkContent, invalid } from './check.ts'

/** The content of a notification to send, from a `send` body, a socket frame or a broadcast's envelope. */
export interface Content {
  id?: string | undefined
  /** The caller's id in a broadcast. It is only a label, because several notifications may have the same one. */
  label?: string | undefined
  title: string
  message: string
  type: Notification['type']
  createdAt?: number | undefined
  expiresAt?: number | undefined
  /** When to publish it, if not at once. */
  sendAt?: number | undefined
  data: NotificationData
  shape?: Shape | undefined
  /** Names the chain of notifications in which it replaces the one before. */
  replaceKey?: string | undefined
  /** Whether it is also for users who join its audience before it expires. */
  lateJoiners?: boolean | undefined
  /** That it must be acknowledged. */
  demanded?: Demanded | undefined
  /** JSON Pointer to the content in the caller's input, for validation errors. */
  path?: string
}

/** The content of a `send` body; `path` is its JSON Pointer in the caller's input. Throws BLF_VALIDATION. */
export function contentOfSend (body: Send, path = ''): Content {
  const { title, message, priority, topic, id, data, expires_at: expiresAt, send_at: sendAt, replace_key: replaceKey, late_joiners: lateJoiners } = body
  if (data?.topic !== undefined && data.topic !== topic) throw invalid(`${path}/data/topic`, 'must be the same as topic')
  return {
    id,
    title,
    message,
    type: priority,
    data: { ...data, topic },
    shape: shapeOf(body),
    expiresAt: readTime(`${path}/expires_at`, expiresAt),
    sendAt: readTime(`${path}/send_at`, sendAt),
    replaceKey,
    lateJoiners,
    demanded: readDemand(`${path}/acknowledge`, body.acknowledge),
    path
  }
}

/** The content of a broadcast's envelope. Throws BLF_VALIDATION. */
export function contentOfEnvelope ({ id: outerId, payload }: Envelope): Content {
  const { id: innerId, title, message, type, data = {}, created_at: createdAt, expires_at: expiresAt, send_at: sendAt, replace_key: replaceKey, late_joiners: lateJoiners } = payload
  if (outerId !== undefined && innerId !== undefined && outerId !== innerId) throw invalid('/payload/id', 'must be the same as id')
  return {
    label: outerId ?? innerId,
    title,
    message,
    type,
    data,
    shape: shapeOf(payload),
    createdAt: readTime('/payload/created_at', createdAt),
    expiresAt: readTime('/payload/expires_at', expiresAt),
    replaceKey,
    sendAt: readTime('/payload/send_at', sendAt),
    lateJoiners,
    demanded: readDemand('/payload/acknowledge', payload.acknowledge),
    path: '/payload'
  }
}

/** The fields of a shape that are there. */
export function shapeOf ({ url, icon, actions, urgency }: Shape): Shape {
  const shape: Shape = {}
  if (url !== undefined) shape.url = url
  if (icon !== undefined) shape.icon = icon
  if (actions !== undefined) shape.actions = actions
  if (urgency !== undefined) shape.urgency = urgency
  return shape
}

export interface Addressing {
  /** The audience keys. */
  keys: string[]
  sender: string
  /** The one company that contains the whole audience, null if no single one does. */
  scope: string | null
  /** The principal whose rights are checked again in the transaction of the write. */
  by?: ActorRef | undefined
  idempotencyKey?: string | undefined
  /** The audience keys of whom it escalates to. */
  escalation?: string[] | undefined
}

/** Whether the content has already expired. That is allowed for the retry of a send, not for a new one. */
export function isExpired ({ expiresAt }: Content): boolean {
  return expiresAt !== undefined && expiresAt <= Date.now()
}

/** The BLF_VALIDATION error for expired content. */
export function expired ({ path = '' }: Content): Error {
  return invalid(`${path}/expires_at`, 'must be in the future')
}

/** Makes the draft that the store appends to the log. Throws BLF_VALIDATION for rules that JSON Schema cannot express. */
export function draftOf (content: Content, { keys, sender, scope, by, idempotencyKey, escalation }: Addressing): Draft {
  const { label, type, createdAt, expiresAt, sendAt, data, shape, replaceKey, lateJoiners = false, path = '' } = content
  checkContent(path, { data, ...shape })
  if (lateJoiners && expiresAt === undefined) throw invalid(`${path}/expires_at`, 'is required with late_joiners')
  checkDemand(content)
  const now = Date.now()
  const id = content.id ?? label ?? newId()
  const isNew = content.id === undefined && label === undefined && idempotencyKey === undefined
  const draft: Draft = {
    id,
    label: label === undefined ? undefined : { text: label, otherId: newId() },
    idempotencyKey: idempotencyKey ?? null,
    isNew,
    sender,
    scope,
    by,
    keys,
    // A retry cannot repeat an id that was generated here. The empty digest matches no later send under that id.
    digest: isNew ? '' : digestOf(content, sender, keys),
    type,
    topic: data.topic ?? null,
    at: now,
    expiresAt: expiresAt ?? null,
    body: bodyOf(content, id, formatTimestamp(createdAt ?? sendAt ?? now))
  }
  // Nobody joins an audience of users: whoever gets one of its ids has what was sent to it.
  if (lateJoiners && !addressing(keys).every(isUserKey)) draft.lateJoiners = lateJoiners
  if (replaceKey !== undefined) draft.chain = chainOf(sender, keys, replaceKey)
  if (sendAt !== undefined) draft.sendAt = sendAt
  if (content.demanded) draft.demand = toDemand(content.demanded, escalation)
  return draft
}

/** The notification as JSON. Built field by field, as its draft is: this runs for every send, and spreading objects costs as much as all the rest. */
function bodyOf ({ title, message, type, expiresAt, data, shape, demanded }: Content, id: string, createdAt: string): string {
  const body: Partial<Notification> = { id, title, message, type, created_at: createdAt, read: false }
  if (expiresAt !== undefined) body.expires_at = formatTimestamp(expiresAt)
  if (shape !== undefined) Object.assign(body, shape)
  if (demanded !== undefined) body.acknowledge = shownDemand(demanded)
  body.data = data
  return JSON.stringify(body)
}

/** A hash of everything that a retry must repeat: sender, audience keys and content. */
function digestOf ({ id, label, title, message, type, createdAt, expiresAt, sendAt, data, shape = {}, replaceKey, lateJoiners, demanded }: Content, sender: string, keys: string[]): string {
  const repeated: unknown[] = [sender, id ?? label ?? null, [...keys].sort(), title, message, type, createdAt ?? null, expiresAt ?? null, sortFields(data)]
  // Fields that version 9 did not have count only if they are there, so that a retry matches what that version stored, and if they say
  // something: one that spells out a default says the same as none.
  const { urgency, actions = [], ...links } = shape
  const more = {
    ...links,
    ...(urgency === undefined || urgency === 'normal' ? {} : { urgency }),
    ...(actions.length === 0 ? {} : { actions }),
    ...(sendAt === undefined ? {} : { send_at: sendAt }),
    ...(replaceKey === undefined ? {} : { replace_key: replaceKey }),
    ...(lateJoiners ? { late_joiners: true } : {}),
    ...(demanded ? { acknowledge: demanded } : {})
  }
  if (Object.keys(more).length > 0) repeated.push(sortFields(more))
  return hash('sha256', JSON.stringify(repeated), 'base64url')
}

/** A hash of what the notifications that replace each other have in common. */
function chainOf (sender: string, keys: string[], replaceKey: string): string {
  return hash('sha256', JSON.stringify([sender, [...keys].sort(), replaceKey]), 'base64url')
}

/** Sorts the fields of all objects by name, so that equal values become equal JSON. */
function sortFields (value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(sortFields)
  const names = Object.keys(value).sort()
  return Object.fromEntries(names.map(name => [name, sortFields((value as Record<string, unknown>)[name])]))
}

/** Milliseconds since 1970; undefined if the field is absent. Throws BLF_VALIDATION if it is not a valid time. */
export function readTime (path: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const ms = parseTimestamp(text)
  if (ms === undefined) throw invalid(path, 'must be a date and time that exists')
  return ms
}
