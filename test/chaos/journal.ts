import type { Audience } from '../../src/log/audience.ts'
import type { MarkVerb } from '../../src/store/store.ts'
import { noMail, type MailLog } from './mails/journal.ts'
import type { Member } from './people.ts'
import type { PushLog, Reading } from './pushes/journal.ts'
import type { Acknowledging, Demand, DeviceAck, Mute, ReportLog } from './receipts/journal.ts'
import type { HookLog } from './webhooks/journal.ts'

/** What publishers and subscribers saw, and nothing else: all that the checker judges by. */
export interface Journal {
  members: Member[]
  publications: Map<string, Publication>
  /** Tries to publish other content under an id that is taken. */
  conflicts: { id: string, outcome: Outcome }[]
  recalls: Recall[]
  /** In their order, of each member. */
  moves: Move[]
  /** In their order, of each user. */
  mutes: Mute[]
  acknowledgements: Acknowledging[]
  reports: ReportLog[]
  hooks: HookLog[]
  pushes: PushLog[]
  /** What the push service found wrong with what it was given. */
  pushFaults: string[]
  mail: MailLog
  /** By users who are reached by push alone, or mailed. */
  reads: Reading[]
  /** How often what a webhook, a push service or a mail server has taken may come again: for each end of a node that was calling it. */
  mayRepeat: number
  drains: Drain[]
  stalls: Stall[]
  subscribers: SubscriberLog[]
  /** Whatever a user tried to archive or to delete, whether or not it worked. */
  hidden: Map<string, Set<string>>
  /** What REST answered to who chose an action: what was chosen first. */
  acts: Act[]
  /** Every plan as REST showed it at the end. */
  plans: Plan[]
  /** Every inbox as REST showed it at the end. */
  inboxes: Inbox[]
  /** A place after everything that was published, which every subscriber that stayed must have reached. */
  end?: string
}

/** One id: what was asked for, and how each try of it ended. */
export interface Publication {
  id: string
  audience: Audience
  title: string
  topic: string
  /** It takes the place of the one before with this key and audience. */
  replaceKey?: string | undefined
  /** It is for who joins its audience later, too. */
  lateJoiners?: boolean | undefined
  /** It is planned for then, milliseconds since 1970. */
  sendAt?: number | undefined
  /** It must be acknowledged. */
  demand?: Demand | undefined
  /** When it was first asked for, milliseconds since 1970. */
  askedAt?: number
  outcomes: Outcome[]
  /** What was to become of the plan, in their order. */
  changes: PlanChange[]
  /** In their order: each is asked for when the one before has an outcome. */
  edits: Edit[]
}

/**
 * Another title and time for a plan, or its end. Unknown: a try that had no answer may have been stored before
 * the plan was published.
 */
export interface PlanChange { title?: string, sendAt?: number, outcome: Outcome['status'] }

/** Somebody who joined or left a company or a group, by an event after one cursor, and not after another. */
export interface Move { user: string, after: string, until: string, /** When it was asked for, and when its answer was there, milliseconds since 1970. */ askedAt: number, doneAt: number, status: number, company?: string | null, group?: string, isMember?: boolean }

/** What was asked for, and how it ended. The cursor is missing if the try that was stored had no answer. */
export interface Edit { revision: number, title: string, outcome: { status: 'accepted', cursor?: string } | Exclude<Outcome, { status: 'accepted' }> }

/**
 * Unknown: the answer did not come, or left open whether it was stored. It is tried again until known.
 * Late: the time that it was to be planned for was over when a try came through.
 */
export type Outcome = { status: 'accepted', cursor: string } | { status: 'refused', code: number } | { status: 'unknown' | 'planned' | 'late' }

/** By a user, of a notification. */
export interface Act { user: string, id: string, action: string, at: string }

export interface Plan { id: string, state: string, cursor?: string | undefined }

export interface Recall { id: string, outcome: Outcome['status'], /** When that was known, milliseconds since 1970, and a place after it. */ at?: number, until?: string }

/** A shutdown: the process's exit code, and of every socket that was open what it was closed with. */
export interface Drain { exit: number | null, closed: { name: string, code: number | undefined }[] }

/**
 * A connection whose reader stopped reading until the server closed it: what the reader saw once it read
 * again. It is too late for the close frame if the server has cut the connection by then.
 */
export interface Stall { name: string, isCut: boolean, code: number | undefined }

/** A subscriber: one client, which reconnects with its last cursor. */
export interface SubscriberLog {
  name: string
  user: string
  /** The inbox it began with, if it keeps a picture of it. */
  base?: Inbox
  /** Whether it went before the end. */
  hasLeft: boolean
  connections: ConnectionLog[]
  /** Our client, in Node or in a tab of a browser: it tells of each event once, whatever becomes of its connections. */
  client?: 'node' | 'tab'
  /** What the inbox of a client showed, in its order. */
  screens?: Screen[]
  /** What a client did to notifications that nobody else touches, in its order. */
  wishes?: Wish[]
}

/** An inbox as a client shows it. */
export interface Screen {
  /** Newest first. What has not changed is the same object as before. */
  items: readonly ShownItem[]
  unread: number
  unseen: number
  /** Whether it says that nothing is missing. */
  isCurrent: boolean
  /** Whether there are older ones that it has not fetched. */
  hasMore: boolean
  /** The newest cursor that its client had told of. */
  cursor: string | undefined
}
export type ShownItem = Pick<InboxItem, 'id' | 'cursor' | 'title' | 'read' | 'acted'> & { revision?: number | undefined }

/** `isDone`: what the client said came of it. `undo` takes back the one before. */
export interface Wish { id: string, verb: 'archived' | 'unarchived' | 'deleted' | 'restored' | 'undo', isDone: boolean }

export interface ConnectionLog {
  number: number
  /** When it was asked for, milliseconds since 1970. */
  openedAt: number
  since: string | undefined
  /** In the order of their arrival. */
  frames: FrameLog[]
  /** What it asked for, by frame id. */
  asked: Map<string, Ask>
  /** What its device said that it has, by frame id. */
  acks?: Map<string, DeviceAck>
  closed?: number
}

/** `before` of a "read all", `cursor` of a "seen". */
export interface Ask { verb: MarkVerb | 'read_all' | 'seen' | 'act', before?: string, cursor?: string }

/** A server frame, without what the checker has no use for. */
export interface FrameLog {
  type: string
  /** When it came, milliseconds since 1970. */
  at: number
  cursor?: string | undefined
  id?: string | undefined
  title?: string | undefined
  revision?: number | undefined
  replaces?: string | undefined
  topic?: string | undefined
  ids?: string[] | undefined
  before?: string | undefined
  resume?: string | undefined
  count?: number | undefined
  unread?: number | undefined
  unseen?: number | undefined
  /** Up to where the inbox was seen. */
  seen?: string | undefined
  action?: string | undefined
  actedAt?: string | undefined
  /** Of a reminder. */
  number?: number | undefined
  /** Of an error. */
  code?: string | undefined
  replyTo?: string | undefined
}

export type View = 'active' | 'archived' | 'deleted'
/** One view of an inbox; its counts are of what is active. */
export interface Inbox { user: string, view: View, items: InboxItem[], unread: number, unseen: number, cursor: string }
export interface InboxItem { id: string, cursor: string, title: string, topic: string, read: boolean, archived?: boolean, acted?: { action: string, at: string }, revision?: number, replaces?: string, /** Of an escalation. */ args?: { outstanding: number, recipients: number } }

export function emptyJournal (members: Member[]): Journal {
  return {
    members, publications: new Map(), conflicts: [], moves: [], mutes: [], acknowledgements: [], reports: [], hooks: [], pushes: [], pushFaults: [], mail: noMail(), reads: [], mayRepeat: 0, drains: [], stalls: [], recalls: [], subscribers: [], hidden: new Map(), acts: [], plans: [], inboxes: []
  }
}

export interface WireFrame {
  type: string
  id?: string
  cursor?: string
  reply_to?: string
  payload?: {
    id?: string
    title?: string
    revision?: number
    replaces?: string
    data?: { topic?: string }
    topic?: string
    ids?: string[]
    before?: string
    resume?: string
    count?: number
    unread_count?: number
    unseen_count?: number
    cursor?: string
    action?: string
    at?: string
    number?: number
    code?: string
  }
}

export function toFrameLog (text: string): FrameLog {
  return frameLogOf(JSON.parse(text))
}

export function frameLogOf ({ type, cursor, reply_to: replyTo, payload = {}, ...frame }: WireFrame): FrameLog {
  const { id = frame.id, title, revision, replaces, data, topic = data?.topic, ids, before, resume, count, unread_count: unread, unseen_count: unseen, cursor: seen, action, at: actedAt, number, code } = payload
  return { type, at: Date.now(), id, cursor, replyTo, title, revision, replaces, topic, ids, before, resume, count, unread, unseen, seen, action, actedAt, number, code }
}
