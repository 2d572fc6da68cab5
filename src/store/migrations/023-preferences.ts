/**
 * - `topics` has what the operator (`scope` 'all') and companies (`c:<company>`) say of topics, `preferences` what users chose, as JSON (`quiet_hours` once more, for sockets).
 * - `topic_settings` has what of that decides who gets a notification, for intervals of the log: for whoever has the key `scope`
 *   (`all`, `c:<company>`, `u:<user>`), whether notifications of a topic with `from_seq < seq ≤ to_seq` (NULL: still) are in the inbox
 *   (`inbox` 1) or muted (0). Of several that hold, the highest `rank` decides (`src/log/mutes.ts`).
 * - `muted_counts` has, of each interval that a user has ended, how many notifications under each of the user's keys are in it, if any,
 *   so that counting does not look them up again.
 */
export const preferences = `
CREATE TABLE topics (
  scope TEXT NOT NULL,
  topic TEXT NOT NULL,
  settings TEXT NOT NULL,
  PRIMARY KEY (scope, topic)
);
CREATE TABLE preferences (
  user_id TEXT PRIMARY KEY,
  choices TEXT NOT NULL,
  quiet_hours TEXT
);
CREATE TABLE topic_settings (
  scope TEXT NOT NULL,
  topic TEXT NOT NULL,
  from_seq BIGINT NOT NULL,
  to_seq BIGINT,
  inbox BIGINT NOT NULL,
  rank BIGINT NOT NULL,
  PRIMARY KEY (scope, topic, from_seq)
);
CREATE INDEX topic_settings_off ON topic_settings (scope) WHERE inbox = 0;
CREATE TABLE muted_counts (
  user_id TEXT NOT NULL,
  key TEXT NOT NULL,
  from_seq BIGINT NOT NULL,
  topic TEXT NOT NULL,
  to_seq BIGINT NOT NULL,
  notifications BIGINT NOT NULL,
  PRIMARY KEY (user_id, key, from_seq, topic)
);
CREATE INDEX muted_counts_ended ON muted_counts (to_seq);
CREATE INDEX topic_settings_ended ON topic_settings (to_seq) WHERE to_seq IS NOT NULL;
`
