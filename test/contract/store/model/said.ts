import { keysOfAudience, type Audience } from '../../../../src/log/audience.ts'
import { draftOf } from '../../../../src/notification/draft.ts'
import type { Demanded } from '../../../../src/notification/demand.ts'
import type { Draft } from '../../../../src/store/store.ts'

/** What a sender says: the model judges retries and chains by this, where the store has hashes. */
export interface Said {
  sender: string
  /** The id of the user who sends, whose rights are judged; absent for Belfry itself. */
  by?: string | undefined
  audience: Audience
  /** A caller's own id; a label names nothing but the sender's own sends. */
  id?: string | undefined
  label?: string | undefined
  idempotencyKey?: string | undefined
  title: string
  type: 'info' | 'error' | 'warning'
  topic: string | null
  expiresAt: number | null
  /** When to publish it, if not at once. */
  sendAt?: number | undefined
  replaceKey?: string | undefined
  /** The ids of what its readers may choose. */
  actions?: string[] | undefined
  /** Only with a time at which it expires. */
  lateJoiners?: boolean | undefined
  /** That it must be acknowledged. Times in milliseconds since 1970. */
  demand?: { by?: number, remindSeconds?: number, reminders?: number, escalateTo?: Audience } | undefined
}

/** What is said, and the draft that the store is given for it. */
export interface Sending { said: Said, draft: Draft }

/** The draft of a sending, as the notifier makes it: each time with other generated ids. */
export function toDraft ({ sender, by, audience, id, label, idempotencyKey, title, type, topic, expiresAt, sendAt, replaceKey, lateJoiners, actions, demand }: Said, at: number): Draft {
  const content = {
    id,
    label,
    title,
    message: 'text',
    type,
    expiresAt: expiresAt ?? undefined,
    data: topic === null ? {} : { topic },
    sendAt,
    replaceKey,
    lateJoiners,
    demanded: demand as Demanded | undefined,
    ...(actions ? { shape: { actions: toActions(actions) } } : {})
  }
  const actor = by === undefined ? undefined : { kind: 'user' as const, id: by, sessionId: null }
  return { ...draftOf(content, { keys: keysOfAudience(audience as never), sender, by: actor, scope: null, idempotencyKey, escalation: demand?.escalateTo && keysOfAudience(demand.escalateTo as never) }), at }
}

export function toActions (ids: string[]): { id: string, label: string }[] {
  return ids.map(id => ({ id, label: `to ${id}` }))
}

/** Whether it is also for who joins later: nobody joins users that are named. */
export function isLate ({ lateJoiners = false, audience: { users } }: Said): boolean {
  return lateJoiners && !users
}

/** Whether one repeats the other: same content, target and sender. */
export function isSame (one: Said, other: Said): boolean {
  const repeated = ({ idempotencyKey, by, ...said }: Said) => textOf(said)
  return repeated(one) === repeated(other)
}

/** Whether one takes the place of the other: same sender, audience and key. */
export function isSameChain (one: Said, other: Said): boolean {
  const linkOf = ({ sender, audience, replaceKey }: Said) => replaceKey === undefined ? undefined : textOf({ sender, audience, replaceKey })
  return linkOf(one) !== undefined && linkOf(one) === linkOf(other)
}

/** A text that is the same for the same things: fields have no order, and lists of an audience are sets. */
function textOf (value: unknown): string {
  return JSON.stringify(value, (_name, part: unknown) => {
    if (Array.isArray(part)) return [...new Set(part)].sort()
    return typeof part === 'object' && part !== null ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => a < b ? -1 : 1)) : part
  })
}
