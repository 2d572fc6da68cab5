/**
 * - `event_keys` gets what lists are filtered by, and ordinals, so that counting is a subtraction: `ordinal` is the
 *   notification's position under its key, `topic_ordinal` its position under key and topic. They have no holes but
 *   those of retention, which removes the oldest: a recalled notification stays, with `expires_at` 0.
 * - `marks` get independent states. `read` is 1 for read, 0 for unread again, NULL if only "read all" marks decide.
 *   `at_seq` is the `seq` of the mark's own event: a mark does not cover what came into the inbox after it. `key` is
 *   the key under which the notification is in the user's inbox; a mark of one that is in none, such as that of a
 *   former company, has none and counts for nothing.
 * - `seen` holds each user's newest "seen" cursor, `acts` the action that a user chose of a notification.
 */
export const ordinals = `
ALTER TABLE event_keys RENAME TO event_keys_before;
-- class: see src/store/ops/index-class.ts
CREATE TABLE event_keys (
  key TEXT NOT NULL,
  class INTEGER NOT NULL,
  seq BIGINT NOT NULL,
  topic TEXT,
  type TEXT,
  ordinal BIGINT,
  topic_ordinal BIGINT,
  expires_at BIGINT,
  CONSTRAINT event_keys_rows PRIMARY KEY (key, class, seq)
);
INSERT INTO event_keys (key, class, seq, topic, type, ordinal, topic_ordinal, expires_at)
  SELECT k.key, k.class, k.seq, n.topic, n.type,
    CASE WHEN k.class = 0 THEN row_number() OVER (PARTITION BY k.key, k.class ORDER BY k.seq) END,
    CASE WHEN k.class = 0 AND n.topic IS NOT NULL THEN row_number() OVER (PARTITION BY k.key, k.class, n.topic ORDER BY k.seq) END,
    k.expires_at
  FROM event_keys_before k LEFT JOIN events n ON n.seq = k.seq AND k.class = 0 ORDER BY k.key, k.class, k.seq;
DROP TABLE event_keys_before;
CREATE INDEX event_keys_topic ON event_keys (key, class, topic, seq) WHERE topic IS NOT NULL;
CREATE INDEX event_keys_type ON event_keys (key, class, type, seq) WHERE type IS NOT NULL;
CREATE INDEX event_keys_topic_type ON event_keys (key, class, topic, type, seq) WHERE topic IS NOT NULL;
CREATE INDEX event_keys_ending ON event_keys (key, class, seq, expires_at, topic) WHERE expires_at IS NOT NULL;
CREATE INDEX event_keys_shared ON event_keys (class, key, seq) WHERE class > 1;

DROP INDEX read_through_seq;
ALTER TABLE read_through RENAME TO read_through_before;
CREATE TABLE read_through (
  user_id TEXT NOT NULL,
  topic TEXT NOT NULL,
  seq BIGINT NOT NULL,
  at_seq BIGINT NOT NULL,
  at BIGINT NOT NULL,
  CONSTRAINT read_through_rows PRIMARY KEY (user_id, topic, seq, at_seq)
);
INSERT INTO read_through (user_id, topic, seq, at_seq, at) SELECT t.user_id, t.topic, t.seq, l.seq, t.at FROM read_through_before t CROSS JOIN log l;
DROP TABLE read_through_before;
CREATE INDEX read_through_seq ON read_through (seq);

DROP INDEX marks_seq;
ALTER TABLE marks RENAME TO marks_before;
CREATE TABLE marks (
  user_id TEXT NOT NULL,
  seq BIGINT NOT NULL,
  key TEXT,
  read INTEGER,
  read_at BIGINT,
  archived_at BIGINT,
  deleted_at BIGINT,
  at_seq BIGINT NOT NULL,
  CONSTRAINT marks_rows PRIMARY KEY (user_id, seq)
);
-- Versions before this one kept neither when a notification was deleted nor whether it had been read.
INSERT INTO marks (user_id, seq, key, read, read_at, deleted_at, at_seq)
  SELECT m.user_id, m.seq,
    (SELECT k.key FROM memberships w JOIN event_keys k ON k.key = w.key AND k.class = 0 AND k.seq = m.seq
      WHERE w.user_id = m.user_id AND w.to_seq IS NULL AND w.from_seq < m.seq),
    CASE WHEN m.state = 1 THEN 1 WHEN m.state = 2 OR NOT EXISTS (
      SELECT 1 FROM read_through t WHERE t.user_id = m.user_id AND t.topic IN ('', COALESCE(n.topic, '')) AND t.seq >= m.seq
    ) THEN 0 END,
    m.read_at, CASE WHEN m.state = 3 THEN COALESCE(n.at, 0) END, l.seq
  FROM marks_before m CROSS JOIN log l LEFT JOIN events n ON n.seq = m.seq;
DROP TABLE marks_before;
CREATE INDEX marks_seq ON marks (seq);
CREATE INDEX marks_key ON marks (user_id, key, seq);
CREATE INDEX marks_unread ON marks (user_id, key, seq) WHERE read = 0 AND archived_at IS NULL AND deleted_at IS NULL;
CREATE INDEX marks_archived ON marks (user_id, seq) WHERE archived_at IS NOT NULL;
CREATE INDEX marks_deleted ON marks (user_id, seq) WHERE deleted_at IS NOT NULL;

CREATE TABLE seen (
  user_id TEXT PRIMARY KEY,
  seq BIGINT NOT NULL,
  at_seq BIGINT NOT NULL
);

CREATE TABLE acts (
  user_id TEXT NOT NULL,
  seq BIGINT NOT NULL,
  action TEXT NOT NULL,
  at BIGINT NOT NULL,
  CONSTRAINT acts_rows PRIMARY KEY (user_id, seq)
);
CREATE INDEX acts_seq ON acts (seq);
`
