/**
 * `readers`: the place of each reader of the log that follows it at a pace of its own: everything up to `seq` is done, or is in
 * `reader_calls`. The node `lease_owner` runs it until `lease_until`; `token` counts who took it, so that one that lost it
 * cannot move it. `missed` counts the events that retention removed before they were read, `missed_at` is when that was noticed last.
 *
 * `reader_calls`: what was not done at the first attempt: `pending` until `next_at`, or `failed` for good. `item` is what is to be
 * done, as JSON: the log may forget it first. Some readers keep what was `delivered` too, for their operators.
 */
export const readers = `
CREATE TABLE readers (
  name TEXT PRIMARY KEY,
  seq BIGINT NOT NULL,
  token BIGINT NOT NULL DEFAULT 0,
  lease_owner TEXT,
  lease_until BIGINT NOT NULL DEFAULT 0,
  missed BIGINT NOT NULL DEFAULT 0,
  missed_at BIGINT
);
CREATE TABLE reader_calls (
  reader TEXT NOT NULL,
  seq BIGINT NOT NULL,
  state TEXT NOT NULL,
  n BIGINT NOT NULL,
  at BIGINT NOT NULL,
  status BIGINT,
  error TEXT,
  next_at BIGINT,
  item TEXT NOT NULL,
  PRIMARY KEY (reader, seq)
);
CREATE INDEX reader_calls_due ON reader_calls (reader, next_at) WHERE next_at IS NOT NULL;
CREATE INDEX reader_calls_state ON reader_calls (reader, state, seq);
CREATE INDEX reader_calls_age ON reader_calls (at) WHERE next_at IS NULL;
`
