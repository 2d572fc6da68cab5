import type { Intent } from './state/state.ts'

/** What tabs tell each other of marks. One tab leads: it alone sends them to the server. */
export type TabMessage =
  /** A user's mark, for all tabs to show and for the leading one to send. */
  | { kind: 'intent', intent: Intent }
  /** The leading tab's: the server has a mark, from a cursor on and of the ids that it found, or refused it. */
  | { kind: 'settled', intent: string, cursor?: string, ids?: readonly string[] }
  /** A tab that begins to listen asks for the marks on their way. */
  | { kind: 'hello' }
  /** The leading tab's answer. */
  | { kind: 'pending', intents: readonly Intent[] }
  /** A tab that begins to lead asks every tab for the marks it waits for. */
  | { kind: 'lead' }

/** A message of another tab, which may run another version; undefined: not one that is known. */
export function readMessage (message: unknown): TabMessage | undefined {
  const { kind, intent, intents } = (typeof message === 'object' && message ? message : {}) as Record<string, unknown>
  switch (kind) {
    case 'intent': return isIntent(intent) ? message as TabMessage : undefined
    case 'settled': return typeof intent === 'string' ? message as TabMessage : undefined
    case 'pending': return Array.isArray(intents) && intents.every(isIntent) ? message as TabMessage : undefined
    case 'hello': case 'lead': return message as TabMessage
    default: return undefined
  }
}

export function isIntent (intent: unknown): intent is Intent {
  const { id, time, change } = (typeof intent === 'object' && intent ? intent : {}) as Partial<Intent>
  if (typeof id !== 'string' || typeof time !== 'string' || typeof change !== 'object' || !change) return false
  switch (change.kind) {
    case 'mark': return typeof change.as === 'string' && Array.isArray(change.ids)
    case 'read_all': return typeof change.before === 'string'
    case 'seen': return typeof change.cursor === 'string'
    case 'act': return typeof change.target === 'string' && typeof change.action === 'string'
    default: return false
  }
}
