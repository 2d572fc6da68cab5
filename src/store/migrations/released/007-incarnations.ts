/**
 * An id that is used again after a removal is a new user. From the removal on, the row holds the `iat` (seconds)
 * and the `seq` up to which tokens and notifications belong to the former user. For users removed before this
 * migration, that is everything in the log.
 */
export const incarnations = `
ALTER TABLE users ADD COLUMN tokens_after BIGINT NOT NULL DEFAULT 0;

UPDATE users SET tokens_after = deleted_at / 1000 + 61, direct_seq = (SELECT seq FROM log) WHERE deleted_at IS NOT NULL;
`
