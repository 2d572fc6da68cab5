/**
 * `deliveries`: what each device of a user has acknowledged: the events with `low < seq ≤ high`. Intervals of a device
 * neither overlap nor touch. Those of retired devices are under the name ''. `block` is `high / 4096`, for retention: an
 * index on `high` itself would be written by every acknowledgement.
 *
 * `seen_through`: one row for each time that a user's "seen" cursor moved: to `seq`, by the event `at_seq`.
 *
 * `demands`: notifications that must be acknowledged, kept longer than the log. `due_at` is until when; `terms` (JSON) has
 * the rest of what the sender asked for; `next_at` is when there is something to do next: to remind, or to escalate.
 * `reminded` counts the reminders that are done. `place` is how far in the audience the current step has come, and
 * `recipients` and `outstanding` are what it has counted so far. `outcome` is what became of the escalation.
 *
 * `acknowledgements`: who acknowledged what. `late` is 1 after `due_at`.
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

CREATE TABLE demands (
  seq BIGINT PRIMARY KEY,
  id TEXT NOT NULL,
  sender TEXT NOT NULL,
  scope TEXT,
  at BIGINT NOT NULL,
  due_at BIGINT,
  terms TEXT NOT NULL,
  next_at BIGINT,
  reminded BIGINT NOT NULL DEFAULT 0,
  place TEXT,
  recipients BIGINT NOT NULL DEFAULT 0,
  outstanding BIGINT NOT NULL DEFAULT 0,
  outcome TEXT
);
CREATE UNIQUE INDEX demands_id ON demands (id);
CREATE INDEX demands_next ON demands (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX demands_at ON demands (at);

CREATE TABLE acknowledgements (
  seq BIGINT NOT NULL,
  user_id TEXT NOT NULL,
  at BIGINT NOT NULL,
  late BIGINT NOT NULL,
  PRIMARY KEY (seq, user_id)
);

-- for reports: whether anybody had a topic muted
CREATE INDEX topic_settings_topic ON topic_settings (topic, from_seq) WHERE inbox = 0;
-- and who was a member once
CREATE INDEX memberships_former ON memberships (key, user_id, to_seq) WHERE to_seq IS NOT NULL;
`
