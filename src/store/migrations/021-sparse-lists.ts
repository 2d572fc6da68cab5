/**
 * Fewer rows a send. Lists of what was sent get a sparse index (`src/store/ops/sent/blocks.ts`) in place of three that
 * had a row for each notification; lists of a topic are read type by type, by the index of both.
 */
export const sparseLists = `
CREATE TABLE sent_blocks (
  source TEXT NOT NULL,
  block BIGINT NOT NULL,
  PRIMARY KEY (source, block)
);
INSERT INTO sent_blocks (source, block) SELECT DISTINCT 'all', seq / 64 FROM events WHERE kind = 'notification';
INSERT INTO sent_blocks (source, block) SELECT DISTINCT 'type:' || type, seq / 64 FROM events WHERE kind = 'notification' AND type IS NOT NULL;
INSERT INTO sent_blocks (source, block) SELECT DISTINCT 'sender:' || sender, seq / 64 FROM events WHERE kind = 'notification' AND sender IS NOT NULL;
INSERT INTO sent_blocks (source, block) SELECT DISTINCT 'scope:' || scope, seq / 64 FROM events WHERE kind = 'notification' AND scope IS NOT NULL;
CREATE INDEX sent_blocks_block ON sent_blocks (block);
DROP INDEX events_sender;
DROP INDEX events_scope;
DROP INDEX events_type;
DROP INDEX event_keys_topic;
`
