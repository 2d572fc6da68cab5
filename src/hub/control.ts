import { audienceKey, keySubject, type Membership } from '../log/audience.ts'
import type { ControlEventKind, LogEvent, MembersChanged, TopicsChanged } from '../log/event.ts'

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

const OF_NO_CONNECTION: ReadonlySet<string> = new Set<ControlEventKind>(['webhook.changed', 'webhook.disabled', 'delivery.failed'])

/** Whether an event concerns no connection, only what else reads the log. */
export function isOfNoConnection ({ kind }: Pick<LogEvent, 'kind'>): boolean {
  return OF_NO_CONNECTION.has(kind)
}

/** The keys of the groups that a user joined and left. */
export interface GroupChange { joined: string[], left: string[] }

/** Whose groups an event changes, by subject. */
export function readGroupChanges ({ kind, body }: Pick<LogEvent, 'kind' | 'body'>): Map<string, GroupChange> {
  const changes = new Map<string, GroupChange>()
  if (kind !== 'members.changed') return changes
  const { joined, left } = JSON.parse(body) as MembersChanged
  for (const [how, groups] of [['joined', joined], ['left', left]] as const) {
    for (const [key, ids] of Object.entries(groups)) {
      for (const subject of ids.map(audienceKey.user)) {
        const change = changes.get(subject)
        if (change) change[how].push(key)
        else changes.set(subject, { joined: [], left: [], [how]: [key] })
      }
    }
  }
  return changes
}

/** Whether an event changes nothing but groups. */
export function isAboutGroups ({ kind }: Pick<LogEvent, 'kind'>): boolean {
  return kind === 'members.changed' || kind === 'group.removed'
}

/** The key of the group that an event removes, if it does. */
export function removedGroup ({ kind, body }: Pick<LogEvent, 'kind' | 'body'>): string | undefined {
  return kind === 'group.removed' ? (JSON.parse(body) as { key: string }).key : undefined
}

/** What else is said of topics, and for whom, if an event changes that. */
export function readTopicsChange ({ kind, body }: Pick<LogEvent, 'kind' | 'body'>): TopicsChanged | undefined {
  return kind === 'topics.changed' ? JSON.parse(body) as TopicsChanged : undefined
}

/** The subjects whose audience an event changes. */
export function movedSubjects (event: LogEvent): string[] {
  if (event.kind === 'members.changed') return [...readGroupChanges(event).keys()]
  return event.kind === 'user.updated' ? [readControl(event)!.subject] : []
}
