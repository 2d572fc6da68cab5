import { audienceKey, keySubject, type Membership } from '../log/audience.ts'
import type { LogEvent } from '../log/event.ts'

/** What a control event asks of the sockets of a subject: move, if it names where to, else close. */
export interface Control {
  subject: string
  membership?: Membership
  /** Only the sockets of this login session. */
  sessionId?: string
}

/** Undefined for an event that this version does not know: whatever it means, sockets must not close for it. */
export function readControl ({ kind, body }: Pick<LogEvent, 'kind' | 'body'>): Control | undefined {
  switch (kind) {
    case 'session.revoked': {
      const { id, user_id: userId } = JSON.parse(body) as { id: string, user_id: string }
      return { subject: audienceKey.user(userId), sessionId: id }
    }
    case 'key.revoked': {
      const { id } = JSON.parse(body) as { id: string }
      return { subject: keySubject(id) }
    }
    case 'user.updated': {
      const { id, role, company = null } = JSON.parse(body) as { id: string, role?: string, company?: string | null }
      const subject = audienceKey.user(id)
      return role === undefined ? { subject } : { subject, membership: { id, role, company } }
    }
    default: return undefined
  }
}

/** Whose audience an event changed, if it did. */
export function movedSubject (event: LogEvent): string | undefined {
  return event.kind === 'user.updated' ? readControl(event)?.subject : undefined
}
