/** Columns for the list of sessions, the parent of each refresh token, and indexes for queries by user. */
export const sessions = `
ALTER TABLE sessions ADD COLUMN last_used_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN address TEXT;
ALTER TABLE sessions ADD COLUMN user_agent TEXT;
UPDATE sessions SET last_used_at = COALESCE((SELECT MAX(t.used_at) FROM refresh_tokens t WHERE t.session_id = sessions.id), created_at);
CREATE INDEX sessions_open ON sessions (user_id, last_used_at) WHERE revoked_at IS NULL;
DROP INDEX sessions_user;

ALTER TABLE refresh_tokens ADD COLUMN parent TEXT;
ALTER TABLE refresh_tokens ADD COLUMN issued_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX refresh_tokens_parent ON refresh_tokens (parent) WHERE parent IS NOT NULL;

CREATE INDEX tickets_user ON tickets (user_id);
`
