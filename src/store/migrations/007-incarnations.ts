/**
 * A removed id that comes again is a new user. Until when (seconds) tokens and until where notifications
 * are of the one before stands in the user's row, from the removal on. For those removed earlier it is
 * everything that the log has by now.
 */
export const incarnations = `
ALTER TABLE users ADD COLUMN tokens_after BIGINT NOT NULL DEFAULT 0;

UPDATE users SET tokens_after = deleted_at / 1000 + 61, direct_seq = (SELECT seq FROM log) WHERE deleted_at IS NOT NULL;
`
