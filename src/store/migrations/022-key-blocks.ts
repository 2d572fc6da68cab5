/** Divides what is in the index into blocks. */
export const FILL_KEY_BLOCKS = `
INSERT INTO key_blocks (key, topic, type, high, low)
  SELECT k.key, CASE WHEN v.topics = 1 THEN COALESCE(k.topic, '') ELSE '' END, CASE WHEN v.types = 1 THEN COALESCE(k.type, '') ELSE '' END, MAX(k.seq), MIN(k.seq)
  FROM (SELECT key, MAX(ordinal) AS last FROM event_keys WHERE class = 0 GROUP BY key) AS e
  JOIN event_keys k ON k.key = e.key AND k.class = 0 AND k.ordinal <= e.last - e.last % 64
  CROSS JOIN (SELECT 0 AS topics, 0 AS types UNION ALL SELECT 0, 1 UNION ALL SELECT 1, 0 UNION ALL SELECT 1, 1) AS v
  GROUP BY k.key, 2, 3, (k.ordinal - 1) / 64;
`

/**
 * Fewer rows a send, again: lists by topic and type get a sparse index (`src/store/ops/key-blocks.ts`) in place of two
 * that had a row for each notification under each of its keys.
 */
export const keyBlocks = `
CREATE TABLE key_blocks (
  key TEXT NOT NULL,
  topic TEXT NOT NULL,
  type TEXT NOT NULL,
  high BIGINT NOT NULL,
  low BIGINT NOT NULL,
  PRIMARY KEY (key, topic, type, high)
);
${FILL_KEY_BLOCKS}
CREATE INDEX key_blocks_age ON key_blocks ((high + 0));
DROP INDEX event_keys_type;
DROP INDEX event_keys_topic_type;
`
