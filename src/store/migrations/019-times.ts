/**
 * How far the times of the log's events are in order, for searches by time: `times_seq`: up to which event that is known; `times_max` and
 * `times_max_seq`: the latest time up to there, and its event; `times_late`: by how much, at most, an event is earlier than one before it, in
 * milliseconds. See `src/store/ops/times/order.ts`.
 */
export const times = `
ALTER TABLE log ADD COLUMN times_seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE log ADD COLUMN times_max BIGINT NOT NULL DEFAULT 0;
ALTER TABLE log ADD COLUMN times_max_seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE log ADD COLUMN times_late BIGINT NOT NULL DEFAULT 0;
`
