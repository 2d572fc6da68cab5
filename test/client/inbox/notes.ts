import type { NotificationType } from '../../../src/protocol/notification.ts'
import type { ServerFrame } from '../../../src/protocol/server-frames.ts'

export const TOPICS = ['orders', 'billing', undefined]
export const TYPES: NotificationType[] = ['info', 'error']

export interface Note {
  id: string
  seq: number
  title: string
  type: NotificationType
  topic: string | undefined
  expires: number
  revision: number
  read: boolean
  archived: boolean
  deleted: boolean
  /** The event that changed each state last. */
  changed: { read: number, archived: number, deleted: number }
  acted: string | undefined
  /** Whether it must be acknowledged before it is archived or deleted, and whether it is. */
  owed: boolean
  acknowledged: boolean
  /** Not in the inbox: the user is not in the group that it was sent to. */
  isHidden: boolean
}

export interface Logged { seq: number, frame: ServerFrame }

export interface Dialect {
  /** Whether frames of marks say how many are unseen: those of early versions do not. */
  saysUnseen: boolean
}

/** Which state a mark changes that can be changed back. */
export const stateOf = (as: string): keyof Note['changed'] | undefined => /read$/.test(as) ? 'read' : /archived$/.test(as) ? 'archived' : as === 'acknowledged' ? undefined : 'deleted'

/** A note as frames show it. `time` is RFC 3339. */
export function shapeOf ({ id, title, type, topic, expires, owed, revision }: Note, time: string) {
  return {
    id,
    title,
    message: title,
    type,
    created_at: '2026-01-01T00:00:00.000Z',
    data: topic === undefined ? {} : { topic },
    actions: [{ id: 'yes', label: 'Yes' }, { id: 'no', label: 'No' }],
    ...(owed ? { acknowledge: {} } : {}),
    ...(expires === Infinity ? {} : { expires_at: new Date(expires).toISOString() }),
    ...(revision === 1 ? {} : { revision, updated_at: time })
  }
}

/** A note as lists show it. */
export function itemOf (note: Note, time: string) {
  const { read, archived, acted, acknowledged } = note
  return {
    ...shapeOf(note, time),
    read,
    ...(read ? { read_at: time } : {}),
    ...(archived ? { archived } : {}),
    ...(acted === undefined ? {} : { acted: { action: acted, at: time } }),
    ...(acknowledged ? { acknowledged_at: time } : {}),
    reason: { via: 'all' }
  }
}
