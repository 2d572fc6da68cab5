/**
 * `deliveries`: what each device of a user has acknowledged: the events with `low < seq ≤ high`. Intervals of a device
 * neither overlap nor touch. Those of retired devices are under the name ''. `block` is `high / 4096`, for retention: an
 * index on `high` itself would be written by every acknowledgement.
 *
 * `seen_through`: one row for each time that a user's "seen" cursor moved: to `seq`, by the event `at_seq`.
 */
export const receipts = `
CREATE TABLE deliveries (
  user_id TEXT NOT NULL,
  device TEXT NOT NULL,
  low BIGINT NOT NULL,
  high BIGINT NOT NULL,
  block BIGINT NOT NULL,
  PRIMARY KEY (user_id, device, low)
);
CREATE INDEX deliveries_block ON deliveries (block);

CREATE TABLE seen_through (
  user_id TEXT NOT NULL,
  seq BIGINT NOT NULL,
  at_seq BIGINT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (user_id, seq, at_seq)
);
CREATE INDEX seen_through_seq ON seen_through (seq);
INSERT INTO seen_through (user_id, seq, at_seq, at) SELECT s.user_id, s.seq, s.at_seq, e.at FROM seen s JOIN events e ON e.seq = s.at_seq;

-- for reports: who was a member once
CREATE INDEX memberships_former ON memberships (key, user_id, to_seq) WHERE to_seq IS NOT NULL;
`
