/**
 * Makes unread counts work on the audience index alone: recalled notifications leave it, and it holds when the
 * others expire. Before, a count looked each notification up in `events`, which was most of its cost.
 */
export const countByKey = `
ALTER TABLE event_keys ADD COLUMN expires_at BIGINT;

UPDATE event_keys SET expires_at = (SELECT n.expires_at FROM events n WHERE n.seq = event_keys.seq)
  WHERE class = 0 AND EXISTS (SELECT 1 FROM events n WHERE n.seq = event_keys.seq AND n.expires_at IS NOT NULL);

DELETE FROM event_keys
  WHERE class = 0 AND EXISTS (SELECT 1 FROM events n WHERE n.seq = event_keys.seq AND n.recalled_at IS NOT NULL);
`
