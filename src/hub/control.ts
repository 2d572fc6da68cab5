import { audienceKey, keySubject, type Membership } from '../log/audience.ts'
import type { LogEvent } from '../log/event.ts'

/** What a control event does to the connections of a subject: with a membership they change their audience, otherwise they close. */
export interface Control {
  subject: string
  membership?: Membership
  /** Only the connections of this login session. */
  sessionId?: string
}

/** Undefined for an event of a kind that this version does not know: no connection may close because of it. */
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

/** The subject whose audience an event changes, if it does. */
export function movedSubject (event: LogEvent): string | undefined {
  return event.kind === 'user.updated' ? readControl(event)?.subject : undefined
}
