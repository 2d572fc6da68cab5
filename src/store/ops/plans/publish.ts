import { isBelfryError } from '../../../errors.ts'
import type { Actor, ActorRef } from '../../../rights/principal.ts'
import { usersToJudge } from '../../../rights/sending.ts'
import type { Published } from '../../plans.ts'
import type { Replaced } from '../../store.ts'
import { all, listOf, onlySqlite, rowsOf, run, type Steps } from '../../query.ts'
import type { Batch } from '../batch.ts'
import { storeTime, type WriteContext, type Writes } from '../context.ts'
import { excludeFrom } from '../exclude.ts'
import { assertGroups, lookUpGroups } from '../groups/known.ts'
import { actorKey } from '../identity/actor.ts'
import { classOf } from '../index-class.ts'
import { replace } from '../life/replace.ts'
import { assertDemand, demandedIds, openDemands } from '../receipts/demands.ts'
import { storedBody } from '../retry.ts'
import { companiesOf, currentScope } from '../scope.ts'
import { appendAll } from './append.ts'
import type { KeptDraft, PlanRow } from './row.ts'

/** The most audience keys that one commit appends; a single plan may have more. */
const MAX_KEYS = 2_000

interface Due extends PlanRow, KeptDraft { body: string }

/** What becomes of a due plan. */
type Fate = { state: 'sent', scope: string | null } | { state: 'refused', refusal: string } | { state: 'expired' }

/** Publishes due plans in one commit, in a bounded number of statements. */
function * publishDue ({ batch, at }: WriteContext, limit: number): Steps<Published> {
  const now = yield * storeTime(batch.clock, at)
  const rows = yield * all<PlanRow>(`SELECT * FROM plans${onlySqlite('INDEXED BY plans_due')} WHERE state = 'planned' AND send_at <= ? ORDER BY send_at, number LIMIT ?`, now, limit)
  const due = firstToPublish(rows.map(row => ({ ...row, ...JSON.parse(row.draft) as KeptDraft, body: row.body! })))
  const fates = yield * judge(batch, due, now)
  const sent = due.flatMap((plan, index) => {
    const fate = fates[index]!
    return fate.state === 'sent' ? [{ plan, scope: fate.scope }] : []
  })
  const [first] = sent
  const replaces = first?.plan.chain === undefined ? undefined : yield * replace(batch, first.plan, now)
  const events = yield * appendAll(batch, sent.map(({ plan, scope }) => ({ event: eventOf(plan, now, replaces), columns: columnsOf(plan, scope) })))
  yield * excludeFrom(events)
  yield * openDemands(batch, sent.map(({ plan: { id, sender, demand, by }, scope }, index) => ({ seq: events[index]!.seq, id, sender, scope, demand, by })), now)
  const seqs = new Map(sent.map(({ plan: { number } }, index) => [number, events[index]!.seq]))
  yield * end(due.map(({ number }, index) => ({ number, seq: seqs.get(number) ?? null, fate: fates[index]! })), now)
  const count = (state: Fate['state']) => fates.filter(fate => fate.state === state).length
  return {
    seqs: events.map(({ seq }) => seq),
    lateness: sent.map(({ plan }) => Math.max(0, now - plan.send_at)),
    refused: count('refused'),
    expired: count('expired'),
    more: due.length < rows.length || rows.length === limit,
    isChained: due[0]?.chain !== undefined
  }
}

/** The first plans whose keys number at most `MAX_KEYS`, but one plan at least; one that may replace a notification is published alone, to bound the statements of a write. */
function firstToPublish (plans: Due[]): Due[] {
  let room = MAX_KEYS
  const end = plans.findIndex(({ keys, chain }) => (room -= keys.length) < 0 || chain !== undefined)
  return end === -1 ? plans : plans.slice(0, Math.max(1, end))
}

function eventOf (plan: Due, now: number, replaces: Replaced | undefined) {
  const { id, keys, topic, expiresAt } = plan
  return { id, keys, topic, at: now, expiresAt, body: storedBody(plan, id, replaces) }
}

function columnsOf ({ type, sender, digest, idempotency_key: idempotencyKey, label, chain, ...draft }: Due, scope: string | null) {
  return { type, sender, scope, digest, idempotencyKey, label, indexClass: classOf(draft), ...(chain === undefined ? {} : { chain }) }
}

/** Decides for each plan whether it may be sent at this moment. */
function * judge (batch: Batch, due: Due[], now: number): Steps<Fate[]> {
  const fresh = due.filter(({ expiresAt }) => expiresAt === null || expiresAt > now)
  const { formerSeqs } = yield * loadActors(batch, fresh.flatMap(({ by }) => by ? [by] : []), now)
  const companies = yield * loadCompanies(batch, fresh)
  yield * lookUpGroups(batch, fresh.flatMap(({ keys }) => keys))
  const kept = yield * demandedIds(fresh.flatMap(({ id, demand }) => demand ? [id] : []))
  const fates: Fate[] = []
  for (const plan of due) {
    if (plan.expiresAt !== null && plan.expiresAt <= now) fates.push({ state: 'expired' })
    // Somebody else has the id of its sender now.
    else if (plan.made_seq <= (formerSeqs.get(plan.sender) ?? 0)) fates.push({ state: 'refused', refusal: 'BLF_UNAUTHENTICATED' })
    else fates.push(yield * judgeRight(batch, plan, { companies, kept }))
  }
  return fates
}

function * judgeRight (batch: Batch, plan: Due, { companies, kept }: { companies: Map<string, string | null>, kept: Set<string> }): Steps<Fate> {
  try {
    const scope = yield * currentScope(batch, plan, companies)
    yield * assertGroups(batch, plan.keys)
    yield * assertDemand(batch, plan.id, plan, kept)
    return { state: 'sent', scope }
  } catch (error) {
    if (!isBelfryError(error)) throw error
    return { state: 'refused', refusal: error.code }
  }
}

/** Looks up the senders for the batch, in two statements; `formerSeqs`: by sender, the `seq` of the removal of a former user with the same id. */
function * loadActors (batch: Batch, refs: ActorRef[], now: number): Steps<{ formerSeqs: Map<string, number> }> {
  const formerSeqs = new Map<string, number>()
  const load = (ref: ActorRef, actor: Actor | null) => { batch.actors.set(actorKey(ref), actor) }
  for (const ref of refs) load(ref, null)
  const idsOf = (kind: ActorRef['kind']) => listOf([...new Set(refs.filter(ref => ref.kind === kind).map(({ id }) => id))].map(id => [id]))
  if (refs.some(({ kind }) => kind === 'user')) {
    const users = yield * all<{ id: string, role: string, company: string | null, direct_seq: number }>(
      `SELECT u.id, u.role, u.company, u.direct_seq FROM ${rowsOf({ id: 'TEXT' })} AS d JOIN users u ON u.id = d.id WHERE u.deleted_at IS NULL`, idsOf('user')
    )
    for (const { id, role, company, direct_seq: seq } of users) {
      load({ kind: 'user', id, sessionId: null }, { kind: 'user', id, role, company })
      formerSeqs.set(`user:${id}`, seq)
    }
  }
  if (refs.some(({ kind }) => kind === 'key')) {
    const keys = yield * all<{ id: string, scopes: string }>(
      `SELECT k.id, k.scopes FROM ${rowsOf({ id: 'TEXT' })} AS d JOIN api_keys k ON k.id = d.id
       WHERE k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > ?)`, idsOf('key'), now
    )
    for (const { id, scopes } of keys) load({ kind: 'key', id, sessionId: null }, { kind: 'key', id, scopes: JSON.parse(scopes) })
  }
  return { formerSeqs }
}

/** The companies of all users whose company decides a right, in one statement. */
function * loadCompanies (batch: Batch, plans: Due[]): Steps<Map<string, string | null>> {
  const users = new Set(plans.flatMap(({ by, keys }) => {
    const actor = by && batch.actors.get(actorKey(by))
    return actor ? usersToJudge(actor, keys) : []
  }))
  return users.size > 0 ? yield * companiesOf([...users]) : new Map()
}

/** Records what became of the plans. The text of what was sent is in the log from now on. */
function * end (plans: { number: number, seq: number | null, fate: Fate }[], now: number): Steps<void> {
  if (plans.length === 0) return
  yield * run(
    `UPDATE plans SET state = d.state, ended_at = CAST(? AS BIGINT), seq = d.seq, refusal = d.refusal, body = CASE WHEN d.seq IS NULL THEN plans.body END
     FROM ${rowsOf({ number: 'BIGINT', state: 'TEXT', seq: 'BIGINT', refusal: 'TEXT' })} AS d WHERE plans.number = d.number`,
    now, listOf(plans.map(({ number, seq, fate }) => [number, fate.state, seq, 'refusal' in fate ? fate.refusal : null]))
  )
  yield * run('UPDATE log SET plans_waiting = plans_waiting - ?', plans.length)
}

export const writes = { publishDue } satisfies Writes
