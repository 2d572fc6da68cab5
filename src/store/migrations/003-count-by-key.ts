/**
 * The index by audience knows by itself what there is to count: recalled notifications leave it, and
 * it says when the others expire. Looking each one up in the log was most of an unread count, and
 * read as many pages as there were notifications.
 */
export const countByKey = `
ALTER TABLE event_keys ADD COLUMN expires_at BIGINT;

UPDATE event_keys SET expires_at = (SELECT n.expires_at FROM events n WHERE n.seq = event_keys.seq)
  WHERE class = 0 AND EXISTS (SELECT 1 FROM events n WHERE n.seq = event_keys.seq AND n.expires_at IS NOT NULL);

DELETE FROM event_keys
  WHERE class = 0 AND EXISTS (SELECT 1 FROM events n WHERE n.seq = event_keys.seq AND n.recalled_at IS NOT NULL);
`
