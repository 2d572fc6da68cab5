import { problem } from '../../../errors.ts'
import { webhookReader } from '../../../log/readers.ts'
import type { FeedType } from '../../../protocol/outbound/feed.ts'
import type { DisabledReason } from '../../../protocol/outbound/webhook.ts'
import type { ActorRef } from '../../../rights/principal.ts'
import { may } from '../../../rights/rights.ts'
import type { NewWebhook, WebhookChange, WebhookRecord, WebhookSecret, WebhookStatus, WebhookWithSecrets } from '../../contract/webhooks.ts'
import { all, get, run, type Steps } from '../../query.ts'
import { append, type Batch } from '../batch.ts'
import type { ReadContext, Reads, WriteContext, Writes } from '../context.ts'
import { assertMay, currentActor } from '../identity/actor.ts'

/** How many webhooks a company may have, and how many there may be: each reads the log by itself. */
export const MAX_WEBHOOKS_EACH = 20
const MAX_WEBHOOKS = 200
/** How many secrets sign at once: the newest, and those it replaced a short time ago. */
const MAX_SECRETS = 3

export interface WebhookRow {
  id: string
  url: string
  types: string
  company: string | null
  ordered: number
  state: 'active' | 'disabled'
  disabled_reason: DisabledReason | null
  secrets: string
  failing_since: number | null
  created_at: number
}

type StatusRow = WebhookRow & { missed: number | null, missed_at: number | null }

const STATUS = `SELECT w.*, r.missed, r.missed_at FROM webhooks w LEFT JOIN readers r ON r.name = '${webhookReader('')}' || w.id`

/** The webhook, if the actor may manage it. Only actors who may see all learn whether another one exists. */
function * manageable (batch: Batch, id: string, by: ActorRef | undefined): Steps<WebhookRow> {
  const row = yield * get<WebhookRow>('SELECT * FROM webhooks WHERE id = ?', id)
  if (by && !may(yield * currentActor(batch, by), 'webhooks.manage', row ? { company: row.company } : {})) throw problem('BLF_FORBIDDEN')
  if (!row) throw problem('BLF_WEBHOOK_NOT_FOUND')
  return row
}

/** Tells every node that webhooks changed. */
export function * appendChanged (batch: Batch, id: string, at: number): Steps<void> {
  yield * append(batch, { kind: 'webhook.changed', keys: [], at, body: JSON.stringify({ id }) })
}

function * createWebhook ({ batch, at }: WriteContext, { id, url, types, company, isOrdered, secret }: NewWebhook, by?: ActorRef): Steps<WebhookStatus> {
  yield * assertMay(batch, by, 'webhooks.manage', { company })
  const { total, own } = (yield * get<{ total: number, own: number }>(
    'SELECT count(*) AS total, count(CASE WHEN company = ? OR (company IS NULL AND CAST(? AS TEXT) IS NULL) THEN 1 END) AS own FROM webhooks', company, company
  ))!
  if (Number(total) >= MAX_WEBHOOKS || Number(own) >= MAX_WEBHOOKS_EACH) throw problem('BLF_WEBHOOKS_FULL')
  const secrets: WebhookSecret[] = [{ secret, until: null }]
  const row = yield * get<WebhookRow>(
    "INSERT INTO webhooks (id, url, types, company, ordered, state, secrets, created_at) VALUES (?, ?, ?, ?, ?, 'active', ?, ?) RETURNING *",
    id, url, JSON.stringify(types), company, Number(isOrdered), JSON.stringify(secrets), at
  )
  yield * run('INSERT INTO readers (name, seq) VALUES (?, ?)', webhookReader(id), batch.seq)
  yield * appendChanged(batch, id, at)
  return toStatus({ ...row!, missed: 0, missed_at: null })
}

function * webhooks (_context: ReadContext, { limit, after = '', company }: { limit: number, after?: string, company?: string }): Steps<WebhookStatus[]> {
  const rows = company === undefined
    ? yield * all<StatusRow>(`${STATUS} WHERE w.id > ? ORDER BY w.id LIMIT ?`, after, limit)
    : yield * all<StatusRow>(`${STATUS} WHERE w.company = ? AND w.id > ? ORDER BY w.id LIMIT ?`, company, after, limit)
  return rows.map(toStatus)
}

function * webhook (_context: ReadContext, id: string): Steps<WebhookStatus | undefined> {
  const row = yield * get<StatusRow>(`${STATUS} WHERE w.id = ?`, id)
  return row && toStatus(row)
}

function * activeWebhooks (): Steps<WebhookWithSecrets[]> {
  const rows = yield * all<WebhookRow>("SELECT * FROM webhooks WHERE state = 'active' ORDER BY id")
  return rows.map(row => ({ ...toRecord(row), secrets: JSON.parse(row.secrets) }))
}

function * webhookSecrets (_context: ReadContext, id: string): Steps<WebhookSecret[]> {
  const row = yield * get<{ secrets: string }>('SELECT secrets FROM webhooks WHERE id = ?', id)
  return row ? JSON.parse(row.secrets) : []
}

function * changeWebhook ({ batch, at }: WriteContext, id: string, change: WebhookChange, by?: ActorRef): Steps<WebhookStatus> {
  const row = yield * manageable(batch, id, by)
  const { url = row.url, types, isOrdered = row.ordered === 1, state = row.state } = change
  const isSwitched = change.state !== undefined && change.state !== row.state
  const reason = !isSwitched ? row.disabled_reason : state === 'disabled' ? 'manual' : null
  yield * run(
    'UPDATE webhooks SET url = ?, types = ?, ordered = ?, state = ?, disabled_reason = ?, failing_since = ? WHERE id = ?',
    url, types ? JSON.stringify(types) : row.types, Number(isOrdered), state, reason, isSwitched ? null : row.failing_since, id
  )
  yield * appendChanged(batch, id, at)
  return toStatus((yield * get<StatusRow>(`${STATUS} WHERE w.id = ?`, id))!)
}

function * removeWebhook ({ batch, at }: WriteContext, id: string, by?: ActorRef): Steps<void> {
  yield * manageable(batch, id, by)
  yield * run('DELETE FROM webhooks WHERE id = ?', id)
  yield * run('DELETE FROM readers WHERE name = ?', webhookReader(id))
  yield * run('DELETE FROM reader_calls WHERE reader = ?', webhookReader(id))
  yield * appendChanged(batch, id, at)
}

function * rotateWebhook ({ batch, at }: WriteContext, id: string, secret: string, overlapMs: number, by?: ActorRef): Steps<void> {
  const row = yield * manageable(batch, id, by)
  const before = (JSON.parse(row.secrets) as WebhookSecret[]).filter(({ until }) => until === null || until > at)
  const secrets = [{ secret, until: null }, ...before.map(({ secret, until }) => ({ secret, until: until ?? at + overlapMs }))].slice(0, MAX_SECRETS)
  yield * run('UPDATE webhooks SET secrets = ? WHERE id = ?', JSON.stringify(secrets), id)
  yield * appendChanged(batch, id, at)
}

function * replayWebhook ({ batch, at }: WriteContext, id: string, seq: number, by?: ActorRef): Steps<void> {
  yield * manageable(batch, id, by)
  const { floor } = (yield * get<{ floor: number }>('SELECT floor FROM log'))!
  if (seq < floor) throw problem('BLF_BAD_CURSOR', 'Retention has removed events after this cursor. GET /api/events without since begins with the oldest that are kept.')
  if (seq > batch.seq) throw problem('BLF_BAD_CURSOR')
  // A new token: what a node has under way from before must not move the place on.
  yield * run('UPDATE readers SET seq = ?, token = token + 1, lease_owner = NULL, lease_until = 0 WHERE name = ?', seq, webhookReader(id))
  yield * run('DELETE FROM reader_calls WHERE reader = ? AND seq > ?', webhookReader(id), seq)
  yield * appendChanged(batch, id, at)
}

export function toRecord (row: WebhookRow): WebhookRecord {
  const { id, url, company, state } = row
  return { id, url, types: JSON.parse(row.types) as FeedType[], company, isOrdered: row.ordered === 1, state, disabledReason: row.disabled_reason, createdAt: row.created_at }
}

function toStatus ({ missed, missed_at: missedAt, ...row }: StatusRow): WebhookStatus {
  return { ...toRecord(row), failingSince: row.failing_since, missed: missed ?? 0, missedAt }
}

export const reads = { webhooks, webhook, activeWebhooks, webhookSecrets } satisfies Reads
export const writes = { createWebhook, changeWebhook, removeWebhook, rotateWebhook, replayWebhook } satisfies Writes
