import { isBelfryError } from '../../errors.ts'
import type { Draft, LogEvent, Receipt } from '../store.ts'
import type { Batch } from '../ops/batch.ts'
import type { Outcome } from '../ops/index.ts'
import { all, run, type Steps, type Value } from '../query.ts'
import { judge, withId, type Earlier, type Namesakes } from '../ops/retry.ts'

interface Stored extends Earlier { sender: string, idempotency_key: string | null, label: string | null }

const COLUMNS = 'n.seq, n.id, n.digest, n.sender, n.idempotency_key, n.label'
const FIND = `
  SELECT ${COLUMNS} FROM unnest(?::text[]) AS d (id) JOIN events n ON n.id = d.id
  UNION ALL
  SELECT ${COLUMNS} FROM unnest(?::text[], ?::text[]) AS d (sender, key)
  JOIN events n ON n.sender = d.sender AND n.idempotency_key = d.key
  UNION ALL
  SELECT ${COLUMNS} FROM unnest(?::text[], ?::text[], ?::text[]) AS d (sender, label, digest)
  JOIN events n ON n.sender = d.sender AND n.label = d.label AND n.digest = d.digest`

const INSERT = `
  WITH inserted AS (
    INSERT INTO events (seq, kind, id, keys, topic, at, expires_at, body, type, sender, scope, digest, idempotency_key, label)
    SELECT seq, 'notification', id, keys, topic, at, expires_at, body, type, sender, scope, digest, idempotency_key, label
    FROM unnest(?::bigint[], ?::text[], ?::text[], ?::text[], ?::bigint[], ?::bigint[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[])
      AS d (seq, id, keys, topic, at, expires_at, body, type, sender, scope, digest, idempotency_key, label)
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
    try {
      const verdict = judge(draft, known.namesakesOf(draft))
      if ('earlier' in verdict) return { ok: true, value: { id: verdict.earlier.id, seq: verdict.earlier.seq, stored: false } }
      const { id } = verdict
      const { keys, topic, at, expiresAt, sender, digest, idempotencyKey, label } = draft
      const body = id === draft.id ? draft.body : withId(draft.body, id)
      const event: LogEvent = { id, topic, expiresAt, kind: 'notification', keys, at, body, seq: batch.seq + fresh.length + 1 }
      fresh.push({ event, draft })
      known.add({ seq: event.seq, id, digest, sender, idempotency_key: idempotencyKey, label: label?.text ?? null })
      return { ok: true, value: { id, seq: event.seq, stored: true } }
    } catch (error) {
      if (!isBelfryError(error)) throw error
      return { ok: false, code: error.code, detail: error.message }
    }
  })
  // Before the insert, so that the counter can be sent behind it without waiting.
  batch.seq += fresh.length
  for (const { event } of fresh) batch.events.push(event)
  if (fresh.length > 0) yield * insert(fresh)
  return outcomes
}

function * findEarlier (drafts: Draft[]): Steps<Stored[]> {
  const keyed = drafts.filter(({ idempotencyKey }) => idempotencyKey !== null)
  const labelled = drafts.filter(({ label }) => label)
  return yield * all<Stored>(
    FIND, list(drafts.map(({ id }) => id)), list(keyed.map(({ sender }) => sender)), list(keyed.map(({ idempotencyKey }) => idempotencyKey)),
    list(labelled.map(({ sender }) => sender)), list(labelled.map(({ label }) => label!.text)), list(labelled.map(({ digest }) => digest))
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
    column((_, draft) => draft.digest), column((_, draft) => draft.idempotencyKey), column((_, draft) => draft.label?.text ?? null),
    list(keys.map(({ key }) => key)), list(keys.map(({ seq }) => seq)), list(keys.map(({ expiresAt }) => expiresAt))
  )
}

/** What was sent before, in the log and earlier in the batch, by each of its names. */
class Known {
  readonly #byId = new Map<string, Stored>()
  readonly #byKey = new Map<string, Stored>()
  readonly #byLabel = new Map<string, Stored>()

  constructor (earlier: Stored[]) {
    for (const entry of earlier) this.add(entry)
  }

  add (entry: Stored): void {
    this.#byId.set(entry.id, entry)
    if (entry.idempotency_key !== null) this.#byKey.set(keyOf(entry.sender, entry.idempotency_key), entry)
    if (entry.label !== null) this.#byLabel.set(keyOf(entry.sender, entry.label, entry.digest), entry)
  }

  namesakesOf ({ id, sender, idempotencyKey, digest, label }: Draft): Namesakes {
    return {
      byId: this.#byId.get(id),
      byKey: idempotencyKey === null ? undefined : this.#byKey.get(keyOf(sender, idempotencyKey)),
      byLabel: label && this.#byLabel.get(keyOf(sender, label.text, digest))
    }
  }
}

function keyOf (...parts: string[]): string {
  return JSON.stringify(parts)
}
