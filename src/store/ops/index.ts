import type { LogEvent } from '../../log/event.ts'
import type { Steps } from '../query.ts'
import type { Batch } from './batch.ts'
import type { WriteContext } from './context.ts'
import * as feed from './feed/feed.ts'
import * as groups from './groups/groups.ts'
import * as groupMembers from './groups/members.ts'
import * as channels from './preferences/channels.ts'
import * as mailQueue from './mail/queue.ts'
import * as mailRecipients from './mail/recipients.ts'
import * as mailState from './mail/state.ts'
import * as credentials from './identity/credentials.ts'
import * as refresh from './identity/refresh.ts'
import * as sessions from './identity/sessions.ts'
import * as userChanges from './identity/user-changes.ts'
import * as users from './identity/users.ts'
import * as inbox from './inbox/inbox.ts'
import * as mark from './inbox/mark.ts'
import * as seen from './inbox/seen.ts'
import * as edit from './life/edit.ts'
import * as recall from './life/recall.ts'
import * as notify from './notify.ts'
import * as plan from './plans/plan.ts'
import * as pushMoves from './pushes/move.ts'
import * as pushPages from './pushes/pages.ts'
import * as pushReports from './pushes/report.ts'
import * as pushSubscriptions from './pushes/subscriptions.ts'
import * as pushesDue from './pushes/due.ts'
import * as list from './plans/list.ts'
import * as preferences from './preferences/preferences.ts'
import * as topics from './preferences/topics.ts'
import * as publish from './plans/publish.ts'
import * as acknowledge from './receipts/acknowledge.ts'
import * as demands from './receipts/demands.ts'
import * as remind from './receipts/remind.ts'
import * as remindNow from './receipts/remind-now.ts'
import * as deliveries from './receipts/deliveries.ts'
import * as readers from './readers/readers.ts'
import * as replay from './replay.ts'
import * as reports from './reports/reports.ts'
import * as retain from './retain.ts'
import * as sent from './sent/sent.ts'
import * as totals from './totals.ts'
import * as webhookMoves from './webhooks/move.ts'
import * as webhooks from './webhooks/webhooks.ts'

/** Reads that need no snapshot: of one statement, or of several that need not see the same moment. */
export const reads = {
  ...inbox.reads,
  ...replay.reads,
  ...notify.reads,
  ...sent.reads,
  ...users.reads,
  ...userChanges.reads,
  ...groups.reads,
  ...credentials.reads,
  ...sessions.reads,
  ...deliveries.reads,
  ...reports.reads,
  ...demands.reads,
  ...readers.reads,
  ...webhooks.reads,
  ...pushSubscriptions.reads,
  ...pushesDue.reads,
  ...pushReports.reads,
  ...list.reads,
  ...topics.reads,
  ...channels.reads,
  ...mailQueue.reads,
  ...mailRecipients.reads,
  ...mailState.reads,
  ...totals.reads
}

/** Reads whose statements must all see one snapshot of the store. */
export const snapshots = { ...replay.snapshots, ...preferences.snapshots, ...feed.snapshots }

/** Reads of many statements that all see one snapshot; those of the same name take turns. */
export const longs = { ...reports.longs, ...pushPages.longs, ...pushesDue.longs }

/** Writes: a batch consists of these, and they are sent to the thread that commits it. */
export const writes = {
  ...notify.writes,
  ...recall.writes,
  ...edit.writes,
  ...plan.writes,
  ...publish.writes,
  ...mark.writes,
  ...seen.writes,
  ...deliveries.writes,
  ...acknowledge.writes,
  ...remind.writes,
  ...remindNow.writes,
  ...readers.writes,
  ...webhooks.writes,
  ...webhookMoves.writes,
  ...pushSubscriptions.writes,
  ...pushMoves.writes,
  ...mailQueue.writes,
  ...mailState.writes,
  ...retain.writes,
  ...users.writes,
  ...userChanges.writes,
  ...groups.writes,
  ...groupMembers.writes,
  ...credentials.writes,
  ...sessions.writes,
  ...refresh.writes,
  ...topics.writes,
  ...preferences.writes
}

export type WriteName = keyof typeof writes
type ArgsOf<Operation> = Operation extends (context: never, ...args: infer Args) => unknown ? Args : never
/** A write that waits for its commit; `at` is when it was called, milliseconds since 1970. */
export type Write<Name extends WriteName = WriteName> = { [N in Name]: { name: N, at: number, args: ArgsOf<(typeof writes)[N]> } }[Name]

/** A write's outcome: its value, or the error code it failed with. */
export type Outcome<T = unknown> = { ok: true, value: T } | { ok: false, code: string, detail: string }

export interface Committed { outcomes: Outcome[], events: LogEvent[] }
/** Commits writes in one transaction; rejects if the whole transaction failed. */
export type Commit = (batch: Write[]) => Promise<Committed>

/** The steps of a write. */
export function stepsOf (batch: Batch, { name, at, args }: Write): Steps<unknown> {
  const operation = writes[name] as (context: WriteContext, ...args: unknown[]) => Steps<unknown>
  return operation({ batch, at }, ...args)
}
