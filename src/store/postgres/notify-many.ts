import { isBelfryError } from '../../errors.ts'
import type { ActorRef } from '../../rights/principal.ts'
import { addressing } from '../../log/audience.ts'
import type { LogEvent } from '../../log/event.ts'
import type { Draft, Receipt } from '../store.ts'
import { actorKey } from '../ops/identity/actor.ts'
import { formerUserSeqOf } from '../ops/identity/users.ts'
import type { Batch } from '../ops/batch.ts'
import type { Outcome } from '../ops/index.ts'
import { INDEX_CLASS, NO_SEQ, indexClassOf, ordinal } from '../ops/index-class.ts'
import { noteFullBlocks, topicOrdinal } from '../ops/key-blocks.ts'
import { all, run, type Steps, type Value } from '../query.ts'
import { excludeFrom } from '../ops/exclude.ts'
import { assertGroups, lookUpGroups } from '../ops/groups/known.ts'
import { currentScope } from '../ops/scope.ts'
import { newBlocksOf } from '../ops/sent/blocks.ts'
import { matchRetry, storedBody, type Earlier, type Namesakes } from '../ops/retry.ts'

interface Stored extends Earlier {
  sender: string
  idempotency_key: string | null
  label: string | null
  /** 1 if its sender is a former user whose id another user has now. */
  former: number
}
/** A row of FIND: a stored notification, or an actor (JSON) with its `actorKey` in `id`. */
type Found = (Stored & { actor: null }) | { actor: string, id: string }

const columns = (seq: string) => `${seq} AS seq, n.id, n.digest, n.sender, n.idempotency_key, n.label,
    CASE WHEN ${seq} <= ${formerUserSeqOf('n.sender')} THEN 1 ELSE 0 END AS former, NULL AS actor`
/** Of a plan, `seq` is the log's head when it was made. One that was published is found twice, with the same names. */
const NAMED = [['events', columns('n.seq')], ['plans', columns('n.made_seq')]] as const
const ACTOR = "NULL, a.name, NULL, NULL, NULL, NULL, NULL, json_build_object('kind', a.kind, 'id', a.id,"
const FIND = `
  WITH ids AS (SELECT * FROM unnest(?::text[]) AS d (id)),
    keys AS (SELECT * FROM unnest(?::text[], ?::text[]) AS d (sender, key)),
    labels AS (SELECT * FROM unnest(?::text[], ?::text[], ?::text[]) AS d (sender, label, digest))
  ${NAMED.map(([table, columns]) => `
  SELECT ${columns} FROM ids d JOIN ${table} n ON n.id = d.id
  UNION ALL
  SELECT ${columns} FROM keys d JOIN ${table} n ON n.sender = d.sender AND n.idempotency_key = d.key
  UNION ALL
  SELECT ${columns} FROM labels d JOIN ${table} n ON n.sender = d.sender AND n.label = d.label AND n.digest = d.digest`).join('\n  UNION ALL')}
  UNION ALL
  SELECT ${ACTOR} 'role', u.role, 'company', u.company)::text FROM unnest(?::text[], ?::text[], ?::text[], ?::text[]) AS a (name, kind, id, session_id)
  JOIN users u ON a.kind = 'user' AND u.id = a.id AND u.deleted_at IS NULL
  WHERE a.session_id IS NULL OR EXISTS (SELECT 1 FROM sessions s WHERE s.id = a.session_id AND s.revoked_at IS NULL)
  UNION ALL
  SELECT ${ACTOR} 'scopes', k.scopes::json)::text FROM unnest(?::text[], ?::text[], ?::text[]) AS a (name, kind, id)
  JOIN api_keys k ON a.kind = 'key' AND k.id = a.id AND k.revoked_at IS NULL`

const INSERT = `
  WITH inserted AS (
    INSERT INTO events (seq, kind, id, keys, topic, at, expires_at, body, type, sender, scope, digest, idempotency_key, label)
    SELECT seq, 'notification', id, keys, topic, at, expires_at, body, type, sender, scope, digest, idempotency_key, label
    FROM unnest(?::bigint[], ?::text[], ?::text[], ?::text[], ?::bigint[], ?::bigint[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[])
      AS d (seq, id, keys, topic, at, expires_at, body, type, sender, scope, digest, idempotency_key, label)
  ), blocks AS (
    INSERT INTO sent_blocks (source, block) SELECT source, block FROM unnest(?::text[], ?::bigint[]) AS d (source, block) ON CONFLICT DO NOTHING
  ), key_bases AS MATERIALIZED (
    SELECT place, COALESCE(${ordinal('d.key', 'upTo', NO_SEQ)}, 0) AS base
    FROM unnest(?::text[]) WITH ORDINALITY AS d (key, place)
  ), topic_bases AS MATERIALIZED (
    SELECT place, COALESCE(${topicOrdinal('d.key', 'd.topic', 'upTo', NO_SEQ)}, 0) AS base
    FROM unnest(?::text[], ?::text[]) WITH ORDINALITY AS d (key, topic, place)
  )
  INSERT INTO event_keys (key, class, seq, topic, type, expires_at, ordinal, topic_ordinal)
  SELECT k.key, k.class, k.seq, k.topic, k.type, k.expires_at, b.base + k.nth, t.base + k.topic_nth
  FROM unnest(?::text[], ?::int[], ?::bigint[], ?::text[], ?::text[], ?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[])
    AS k (key, class, seq, topic, type, expires_at, place, nth, topic_place, topic_nth)
  LEFT JOIN key_bases b ON b.place = k.place LEFT JOIN topic_bases t ON t.place = k.topic_place`

/** Passes a list as one parameter: the driver makes an array of it. */
const list = (values: Value[]) => values as unknown as Value

/**
 * Does what `notify` does, for many drafts in order, in three statements: a lookup, an insert and what follows from it. The lookup is
 * always the first step, even if there is nothing to look up: the writer pipelines it behind its BEGIN, before
 * it knows the `seq` that the insert needs.
 */
export function * notifyMany (batch: Batch, drafts: Draft[]): Steps<Outcome[]> {
  const known = new NamesakeIndex(yield * lookUp(batch, drafts))
  yield * lookUpGroups(batch, drafts.flatMap(({ keys }) => keys))
  batch.ordinals.clear()
  const fresh: Fresh[] = []
  const outcomes: Outcome<Receipt>[] = []
  for (const draft of drafts) {
    try {
      const scope = yield * currentScope(batch, draft)
      const match = matchRetry(draft, known.namesakesOf(draft))
      if ('earlier' in match) {
        outcomes.push({ ok: true, value: { id: match.earlier.id, seq: match.earlier.seq, stored: false } })
        continue
      }
      yield * assertGroups(batch, draft.keys)
      const { id } = match
      const { keys, topic, at, expiresAt, sender, digest, idempotencyKey, label } = draft
      const body = storedBody(draft, id)
      const event: LogEvent = { id, topic, expiresAt, kind: 'notification', keys, at, body, seq: batch.seq + fresh.length + 1 }
      fresh.push({ event, draft, scope })
      known.add({ seq: event.seq, id, digest, sender, idempotency_key: idempotencyKey, label: label?.text ?? null, former: 0 })
      outcomes.push({ ok: true, value: { id, seq: event.seq, stored: true } })
    } catch (error) {
      if (!isBelfryError(error)) throw error
      outcomes.push({ ok: false, code: error.code, detail: error.message })
    }
  }
  const freed = fresh.flatMap(({ draft }) => known.formerNamesakesOf(draft))
  for (const table of freed.length > 0 ? ['events', 'plans'] : []) {
    yield * run(`UPDATE ${table} SET idempotency_key = NULL, label = NULL WHERE id = ANY(?::text[])`, list(freed))
  }
  yield * excludeFrom(fresh.map(({ event }) => event))
  // Before the insert, so that the writer can pipeline the update of the log's `seq` behind it.
  batch.seq += fresh.length
  for (const { event } of fresh) batch.events.push(event)
  if (fresh.length > 0) yield * insert(batch, fresh)
  return outcomes
}

/** Finds the namesakes of these drafts, and looks up the drafts' actors for the batch. */
function * lookUp (batch: Batch, drafts: Draft[]): Steps<Stored[]> {
  const named = drafts.filter(({ isNew = false }) => !isNew)
  const keyed = named.filter(({ idempotencyKey }) => idempotencyKey !== null)
  const labelled = named.filter(({ label }) => label)
  const actors = new Map(drafts.flatMap(({ by }) => by ? [[actorKey(by), by]] : []))
  const [names, kinds, ids] = [list([...actors.keys()]), column(actors, ({ kind }) => kind), column(actors, ({ id }) => id)]
  const rows = yield * all<Found>(
    FIND, list(named.map(({ id }) => id)), list(keyed.map(({ sender }) => sender)), list(keyed.map(({ idempotencyKey }) => idempotencyKey)),
    list(labelled.map(({ sender }) => sender)), list(labelled.map(({ label }) => label!.text)), list(labelled.map(({ digest }) => digest)),
    names, kinds, ids, column(actors, ({ sessionId }) => sessionId), names, kinds, ids
  )
  for (const name of actors.keys()) batch.actors.set(name, null)
  return rows.filter(row => {
    if (row.actor !== null) batch.actors.set(row.id, JSON.parse(row.actor))
    return row.actor === null
  }) as Stored[]
}

function column (actors: Map<string, ActorRef>, of: (actor: ActorRef) => Value): Value {
  return list([...actors.values()].map(of))
}

interface Fresh { event: LogEvent, draft: Draft, scope: string | null }

function * insert (batch: Batch, fresh: Fresh[]): Steps<void> {
  const column = (of: (event: LogEvent, draft: Draft) => Value) => list(fresh.map(({ event, draft }) => of(event, draft)))
  const [ofKeys, ofTopics] = [new Numbering(), new Numbering()]
  const rows = fresh.flatMap(({ event: { keys, seq, topic, expiresAt }, draft: { type, indexClass = indexClassOf(keys) } }) => addressing(keys).map(key => {
    const [place, nth] = indexClass === INDEX_CLASS.single ? ofKeys.next(key) : [null, null]
    const [topicPlace, topicNth] = indexClass === INDEX_CLASS.single && topic !== null ? ofTopics.next(key, topic) : [null, null]
    return [key, indexClass, seq, topic, type, expiresAt, place, nth, topicPlace, topicNth]
  }))
  const blocks = newBlocksOf(batch, fresh.map(({ event: { seq }, draft: { type, sender }, scope }) => ({ seq, type, sender, scope })))
  yield * run(
    INSERT,
    column(event => event.seq), column(event => event.id), column(event => JSON.stringify(event.keys)), column(event => event.topic),
    column(event => event.at), column(event => event.expiresAt), column(event => event.body),
    column((_, draft) => draft.type), column((_, draft) => draft.sender), list(fresh.map(({ scope }) => scope)),
    column((_, draft) => draft.digest), column((_, draft) => draft.idempotencyKey), column((_, draft) => draft.label?.text ?? null),
    list(blocks.map(([source]) => source)), list(blocks.map(([, block]) => block)),
    list(ofKeys.names.map(([key]) => key!)), list(ofTopics.names.map(([key]) => key!)), list(ofTopics.names.map(([, topic]) => topic!)),
    ...Array.from({ length: 10 }, (_, index) => list(rows.map(row => row[index]!)))
  )
  yield * noteFullBlocks(ofKeys.counts().map(([[key], count]) => [key!, count]))
}

/** Numbers a batch's rows under each of their names (a key, or a key and a topic), from 1; `place` is the name's own number. */
class Numbering {
  readonly names: string[][] = []
  readonly #counts = new Map<string, { place: number, count: number }>()

  /** The names, each with the number of its last row. */
  counts (): [name: string[], count: number][] {
    return this.names.map(name => [name, this.#counts.get(keyOf(...name))!.count])
  }

  next (...name: string[]): [place: number, nth: number] {
    let counted = this.#counts.get(keyOf(...name))
    if (!counted) this.#counts.set(keyOf(...name), counted = { place: this.names.push(name), count: 0 })
    return [counted.place, ++counted.count]
  }
}

/** Notifications from the log and from earlier in the batch, indexed by each of their names. */
class NamesakeIndex {
  readonly #byId = new Map<string, Stored>()
  readonly #byKey = new Map<string, Stored>()
  readonly #byLabel = new Map<string, Stored>()
  /** The ids of notifications and plans of a former user with the sender's id, by key and by label: those names are free again. */
  readonly #former = new Map<string, string>()

  constructor (earlier: Stored[]) {
    for (const entry of earlier) this.add(entry)
  }

  add (entry: Stored): void {
    if (entry.former === 1) {
      this.#byId.set(entry.id, { ...entry, digest: '' })
      if (entry.idempotency_key !== null) this.#former.set(keyOf(entry.sender, entry.idempotency_key), entry.id)
      if (entry.label !== null) this.#former.set(keyOf(entry.sender, entry.label, entry.digest), entry.id)
      return
    }
    this.#byId.set(entry.id, entry)
    if (entry.idempotency_key !== null) this.#byKey.set(keyOf(entry.sender, entry.idempotency_key), entry)
    if (entry.label !== null) this.#byLabel.set(keyOf(entry.sender, entry.label, entry.digest), entry)
  }

  /** The ids of a former user's notifications and plans whose key or label the draft uses now. */
  formerNamesakesOf ({ sender, idempotencyKey, digest, label }: Draft): string[] {
    if (this.#former.size === 0) return []
    const names = [...(idempotencyKey === null ? [] : [keyOf(sender, idempotencyKey)]), ...(label ? [keyOf(sender, label.text, digest)] : [])]
    return names.flatMap(name => this.#former.get(name) ?? [])
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
