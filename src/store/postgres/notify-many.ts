import { problem } from '../../errors.ts'
import type { Draft, LogEvent, Receipt } from '../store.ts'
import type { Batch } from '../ops/batch.ts'
import type { Outcome } from '../ops/index.ts'
import { all, run, type Steps, type Value } from '../query.ts'

interface Earlier { seq: number, id: string, digest: string, sender: string, idempotency_key: string | null }

const FIND = `
  SELECT n.seq, n.id, n.digest, n.sender, n.idempotency_key FROM unnest(?::text[]) AS d (id) JOIN events n ON n.id = d.id
  UNION ALL
  SELECT n.seq, n.id, n.digest, n.sender, n.idempotency_key FROM unnest(?::text[], ?::text[]) AS d (sender, key)
  JOIN events n ON n.sender = d.sender AND n.idempotency_key = d.key`

const INSERT = `
  WITH inserted AS (
    INSERT INTO events (seq, kind, id, keys, topic, at, expires_at, body, type, sender, scope, digest, idempotency_key)
    SELECT seq, 'notification', id, keys, topic, at, expires_at, body, type, sender, scope, digest, idempotency_key
    FROM unnest(?::bigint[], ?::text[], ?::text[], ?::text[], ?::bigint[], ?::bigint[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[])
      AS d (seq, id, keys, topic, at, expires_at, body, type, sender, scope, digest, idempotency_key)
  )
  INSERT INTO event_keys (key, class, seq, expires_at)
  SELECT key, 0, seq, expires_at FROM unnest(?::text[], ?::bigint[], ?::bigint[]) AS k (key, seq, expires_at)`

/** A list as one parameter. */
const list = (values: Value[]) => values as unknown as Value

/**
 * What `notify` does for each draft in their order, in two statements for all of them: one that looks,
 * one that inserts. It always looks first, though there be nothing to find: the writer sends that behind
 * its BEGIN, before the numbers of the insert are known.
 */
export function * notifyMany (batch: Batch, drafts: Draft[]): Steps<Outcome[]> {
  const known = new Known(yield * findEarlier(drafts.filter(({ isNew = false }) => !isNew)))
  const fresh: { event: LogEvent, draft: Draft }[] = []
  const outcomes = drafts.map((draft): Outcome<Receipt> => {
    const earlier = known.find(draft)
    if (earlier) {
      if (earlier.digest !== draft.digest) return { ok: false, code: 'BLF_ID_CONFLICT', detail: problem('BLF_ID_CONFLICT').message }
      return { ok: true, value: { id: earlier.id, seq: earlier.seq, stored: false } }
    }
    const { id, keys, topic, at, expiresAt, body, sender, digest, idempotencyKey } = draft
    const event: LogEvent = { id, topic, expiresAt, kind: 'notification', keys, at, body, seq: batch.seq + fresh.length + 1 }
    fresh.push({ event, draft })
    known.add({ seq: event.seq, id, digest, sender, idempotency_key: idempotencyKey })
    return { ok: true, value: { id, seq: event.seq, stored: true } }
  })
  // Before the insert, so that the counter can be sent behind it without waiting.
  batch.seq += fresh.length
  for (const { event } of fresh) batch.events.push(event)
  if (fresh.length > 0) yield * insert(fresh)
  return outcomes
}

function * findEarlier (drafts: Draft[]): Steps<Earlier[]> {
  const keyed = drafts.filter(({ idempotencyKey }) => idempotencyKey !== null)
  return yield * all<Earlier>(
    FIND, list(drafts.map(({ id }) => id)), list(keyed.map(({ sender }) => sender)), list(keyed.map(({ idempotencyKey }) => idempotencyKey))
  )
}

function * insert (fresh: { event: LogEvent, draft: Draft }[]): Steps<void> {
  const column = (of: (event: LogEvent, draft: Draft) => Value) => list(fresh.map(({ event, draft }) => of(event, draft)))
  const keys = fresh.flatMap(({ event }) => event.keys.map(key => ({ key, seq: event.seq, expiresAt: event.expiresAt })))
  yield * run(
    INSERT,
    column(event => event.seq), column(event => event.id), column(event => JSON.stringify(event.keys)), column(event => event.topic),
    column(event => event.at), column(event => event.expiresAt), column(event => event.body),
    column((_, draft) => draft.type), column((_, draft) => draft.sender), column((_, draft) => draft.scope),
    column((_, draft) => draft.digest), column((_, draft) => draft.idempotencyKey),
    list(keys.map(({ key }) => key)), list(keys.map(({ seq }) => seq)), list(keys.map(({ expiresAt }) => expiresAt))
  )
}

/** What was sent before, in the log and earlier in the batch: by id first, then by the sender's key. */
class Known {
  readonly #byId = new Map<string, Earlier>()
  readonly #byKey = new Map<string, Earlier>()

  constructor (earlier: Earlier[]) {
    for (const entry of earlier) this.add(entry)
  }

  add (entry: Earlier): void {
    this.#byId.set(entry.id, entry)
    if (entry.idempotency_key !== null) this.#byKey.set(keyOf(entry.sender, entry.idempotency_key), entry)
  }

  find ({ id, sender, idempotencyKey }: Draft): Earlier | undefined {
    return this.#byId.get(id) ?? (idempotencyKey === null ? undefined : this.#byKey.get(keyOf(sender, idempotencyKey)))
  }
}

function keyOf (sender: string, key: string): string {
  return JSON.stringify([sender, key])
}
