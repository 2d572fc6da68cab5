import type { Journal } from './journal.ts'
import { checkConnections } from './checker/connections.ts'
import { checkInboxes } from './checker/inboxes.ts'
import { checkReadState } from './checker/read-state.ts'
import { checkScreens } from './checker/screens.ts'
import { establish } from './checker/truth.ts'
import { checkMail } from './mails/checker.ts'
import { checkPushes } from './pushes/checker.ts'
import { checkDemands } from './receipts/checker/demands.ts'
import { checkReports } from './receipts/checker/reports.ts'
import { checkHooks } from './webhooks/checker.ts'

/**
 * - lost: acknowledged, but not delivered, not in an inbox, or not taken by a webhook, a push service or a mail server; a bounce that is not told; or a client that never has it all on its screen
 * - leaked: delivered, or in the inbox, beyond its audience, or though it was muted; or mailed to an address that refuses everything
 * - misordered: not in log order on its connection, or on a screen
 * - doubled: twice on one connection, told twice by a client, or twice in one inbox or on one screen
 * - diverged: a device, or a screen, and REST do not agree on what is there, read, deleted or recalled, or a mail has what was read or recalled before
 * - forked: one id at two places in the log, or two at one
 * - refused: a publication that should have been taken
 * - phantom: there, though it was refused or never published
 * - altered: other content than was published
 * - gap: a cursor could not be resumed, though nothing has expired
 * - undrained: a shutdown that did not end well, or did not tell a socket to come back
 * - misclosed: a stalled reader that was closed with a code for something else
 * - miscounted: a count that is not that of what it counts
 * - stale: an older revision where a newer one was acknowledged, or after it on one connection
 * - untimely: planned, and published never or before its time; or not acknowledged, and told never or without a cause; or pushed before its time, or for no reason any more; or mailed at once instead of in a digest, or in a digest before its time
 * - misreported: a report that says what is not so, or does not say what is
 * - unreplaced: still in an inbox although another one took its place, or not said to have taken it
 */
export type FaultKind =
  'lost' | 'leaked' | 'misordered' | 'doubled' | 'diverged' | 'forked' | 'refused' | 'phantom' | 'altered' | 'gap' | 'undrained' | 'misclosed' | 'miscounted' | 'stale' | 'unreplaced' | 'untimely' | 'misreported'

export interface Fault { kind: FaultKind, detail: string }
export type Report = (kind: FaultKind, detail: string) => void

export interface Verdict {
  faults: Fault[]
  /** Publications that were acknowledged. */
  messages: number
  /** Of them, those to groups. */
  toGroups: number
  /** Of them, those that were planned. */
  planned: number
  /** Publications that were to be planned for a time that was over before a try came through. */
  late: number
  /** Plans that were cancelled before their time. */
  cancelled: number
  /** Moves of guests between companies, and into and out of groups. */
  moves: number
  /** Edits of them that were acknowledged. */
  edits: number
  /** Of the publications, those whose place another one took. */
  replaced: number
  /** Notification frames that arrived. */
  deliveries: number
  /** Of them, those a subscriber had before it reconnected. */
  repeated: number
  connections: number
  /** Subscribers that are clients of ours. */
  clients: number
  /** What their inboxes showed: so many different screens. */
  screens: number
  /** How often a tab of a browser was told that it missed what the tab with the connection no longer had. */
  gaps: number
  /** The codes that stalled readers saw. */
  stallCodes: (number | undefined)[]
}

/** Judges a run by its journal alone. */
export function check (journal: Journal): Verdict {
  const faults: Fault[] = []
  const report: Report = (kind, detail) => { faults.push({ kind, detail }) }
  const truth = establish(journal, report)
  const counts = checkConnections(journal, truth, report)
  checkInboxes(journal, truth, report)
  checkReadState(journal, report)
  checkDemands(journal, truth, report)
  checkReports(journal, truth, report)
  checkHooks(journal, truth, report)
  checkPushes(journal, truth, report)
  checkMail(journal, truth, report)
  const screens = checkScreens(journal, truth, report)
  for (const { exit, closed } of journal.drains) {
    if (exit !== 0) report('undrained', `the process ended with ${exit}`)
    for (const { name, code } of closed) if (code !== 1012) report('undrained', `${name} was closed with ${code}`)
  }
  for (const { name, isCut, code } of journal.stalls) {
    if (code !== 1006 && (isCut || code !== 1013)) report('misclosed', `${name} was closed with ${code}`)
  }
  const published = truth.accepted.map(({ publication }) => publication)
  const edits = published.flatMap(({ edits }) => edits).filter(({ outcome }) => outcome.status === 'accepted').length
  const late = [...journal.publications.values()].filter(({ id, outcomes }) => !truth.byId.has(id) && outcomes.at(-1)?.status === 'late').length
  const cancelled = [...journal.publications.values()].filter(({ id, changes }) => !truth.byId.has(id) && changes.some(({ sendAt, outcome }) => sendAt === undefined && outcome !== 'refused')).length
  const planned = published.filter(({ sendAt }) => sendAt !== undefined).length
  const toGroups = published.filter(({ audience }) => audience.groups).length
  const clients = journal.subscribers.filter(({ client }) => client).length
  return { faults, clients, screens, messages: published.length, toGroups, planned, late, cancelled, moves: journal.moves.length, edits, replaced: truth.chains.replaced.size, stallCodes: journal.stalls.map(({ code }) => code), ...counts }
}
