import { parseCursor } from '../../../src/protocol/cursor.ts'
import type { Report } from '../checker.ts'
import type { Journal, PlanChange, Publication } from '../journal.ts'
import { Belonging } from './belonging.ts'
import { followChains, type Chains } from './chains.ts'
import { escalationsOf } from '../receipts/checker/demands.ts'

export interface Accepted { seq: number, publication: Publication }
/** What everybody it is for must be told of: a notification, as revision 1, or an edit of it; `origin`: the notification's own place. */
export interface Told extends Accepted { revision: number, origin: number }

/** What must be so, by what was acknowledged. */
export interface Truth {
  /** In log order. */
  accepted: Accepted[]
  byId: Map<string, Accepted>
  /** Ids whose last try had no answer: they may be there or not. */
  open: Set<string>
  /** Ids that were recalled (true), or may have been; what was replaced is recalled too. */
  recalled: Map<string, boolean>
  chains: Chains
  belonging: Belonging
  /** What was acknowledged and a user may have had, in log order. */
  expected: (user: string) => Told[]
}

export function establish (journal: Journal, report: Report): Truth {
  const byId = new Map<string, Accepted>()
  const bySeq = new Map<number, string>()
  const open = new Set<string>()
  for (const publication of [...journal.publications.values(), ...escalationsOf(journal)]) {
    const { id, outcomes } = publication
    const cursors = new Set([...outcomes.flatMap(outcome => outcome.status === 'accepted' ? [outcome.cursor] : []), ...placeOfPlan(publication, journal, report)])
    if (cursors.size > 1) report('forked', `${id} was acknowledged at ${[...cursors].join(' and ')}`)
    const refusal = outcomes.find(({ status }) => status === 'refused')
    if (refusal) report('refused', `${id}: ${JSON.stringify(refusal)}`)
    const [cursor] = cursors
    if (cursor === undefined) {
      if (outcomes.at(-1)?.status === 'unknown') open.add(id)
      continue
    }
    const seq = placeOf(cursor)
    const other = bySeq.get(seq)
    if (other !== undefined) report('forked', `${id} and ${other} were both acknowledged at ${cursor}`)
    bySeq.set(seq, id)
    byId.set(id, { seq, publication })
  }
  for (const { id, outcome } of journal.conflicts) {
    if (outcome.status === 'accepted') report('forked', `${id} was acknowledged with other content at ${outcome.cursor}`)
  }
  const accepted = [...byId.values()].sort((a, b) => a.seq - b.seq)
  const recalled = new Map<string, boolean>()
  for (const { id, outcome } of journal.recalls) {
    if (outcome !== 'refused') recalled.set(id, recalled.get(id) === true || outcome === 'accepted')
  }
  const chains = followChains(accepted, journal)
  for (const id of chains.uncertain) recalled.set(id, recalled.get(id) ?? false)
  for (const id of chains.replaced) recalled.set(id, true)
  checkEdits(accepted, recalled, report)
  for (const move of journal.moves) if (move.status >= 300) report('refused', `a move: ${JSON.stringify(move)}`)
  const told = accepted.flatMap(toldOf).sort((a, b) => a.seq - b.seq)
  const belonging = new Belonging(journal)
  return {
    accepted,
    byId,
    open,
    recalled,
    chains,
    belonging,
    expected: kept(user => told.filter(({ publication, origin }) => belonging.mayHaveHad(user, publication, origin)))
  }
}

/** Where a plan was published; there has to be such a place, unless it was cancelled. */
function placeOfPlan ({ id, outcomes, changes }: Publication, { plans }: Journal, report: Report): string[] {
  if (outcomes.every(({ status }) => status !== 'planned')) return []
  const plan = plans.find(plan => plan.id === id)
  const cancellation = changes.find(({ sendAt }) => sendAt === undefined)
  if (cancellation?.outcome === 'accepted' && plan?.cursor !== undefined) report('untimely', `${id} was cancelled and is ${plan.state} at the end`)
  else if (plan?.state === 'cancelled' && cancellation && cancellation.outcome !== 'refused') return []
  if (plan?.cursor === undefined) report('untimely', `${id} was planned and is ${plan?.state ?? 'unknown'} at the end`)
  return plan?.cursor === undefined ? [] : [plan.cursor]
}

/** An edit can only be refused because its notification is gone. */
function checkEdits (accepted: Accepted[], recalled: Truth['recalled'], report: Report): void {
  for (const { publication: { id, edits } } of accepted) {
    for (const { revision, outcome } of edits) {
      if (outcome.status === 'refused' && !(outcome.code === 404 && recalled.has(id))) report('refused', `revision ${revision} of ${id}: ${outcome.code}`)
    }
  }
}

function toldOf ({ seq, publication }: Accepted): Told[] {
  const edits = publication.edits.flatMap(({ revision, outcome }) => {
    return outcome.status === 'accepted' && outcome.cursor !== undefined ? [{ seq: placeOf(outcome.cursor), publication, revision, origin: seq }] : []
  })
  return [{ seq, publication, revision: 1, origin: seq }, ...edits]
}

/** The titles that a revision may have; none if nobody asked for one. Only of a plan whose change may have been stored are there several. */
export function titlesOf ({ title, changes, edits }: Publication, revision: number): string[] {
  if (revision > 1) return edits.filter(edit => edit.revision === revision && edit.outcome.status !== 'refused').map(({ title }) => title)
  return newestOfPlan([{ title }, ...changes]).flatMap(({ title }) => title ?? [])
}

/** The title that a revision was asked to have last. */
export const titleOf = (publication: Publication, revision: number) => titlesOf(publication, revision).at(-1)

/** The earliest time for which something was planned; 0 if it was not. */
export function dueAt ({ sendAt = 0, changes }: Publication): number {
  return Math.min(...newestOfPlan([{ sendAt }, ...changes]).flatMap(({ sendAt }) => sendAt ?? []))
}

/** Of what a plan was and was changed to: what was acknowledged last, and what may have been stored after it. */
function newestOfPlan (changes: Partial<PlanChange>[]): Partial<PlanChange>[] {
  const known = changes.findLastIndex(({ outcome }) => outcome === undefined || outcome === 'accepted')
  return changes.slice(known).filter(({ outcome }) => outcome !== 'refused')
}

/** The newest revision that was acknowledged. */
export function newestOf ({ edits }: Publication): number {
  return edits.findLast(({ outcome }) => outcome.status === 'accepted')?.revision ?? 1
}

/** The order of a cursor within its log. Opaque to everybody but Belfry and this checker. */
export function placeOf (cursor: string): number {
  const parsed = parseCursor(cursor)
  if (!parsed) throw new Error(`not a cursor: ${cursor}`)
  return parsed.seq
}

function kept<T> (make: (key: string) => T): (key: string) => T {
  const made = new Map<string, T>()
  return key => {
    if (!made.has(key)) made.set(key, make(key))
    return made.get(key)!
  }
}
