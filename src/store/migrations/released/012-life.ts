/**
 * `origin_seq`: of the event of an edit, the `seq` of the notification that it changes. `chain`: of a notification
 * with a `replace_key`, a hash of what its successor must repeat.
 */
export const life = `
ALTER TABLE events ADD COLUMN origin_seq BIGINT;
ALTER TABLE events ADD COLUMN chain TEXT;
CREATE INDEX events_origin ON events (origin_seq) WHERE origin_seq IS NOT NULL;
CREATE INDEX events_chain ON events (chain, seq) WHERE chain IS NOT NULL AND recalled_at IS NULL;
`
