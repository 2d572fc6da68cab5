/** Sessions and their refresh tokens, tickets, API keys. Every credential is stored as a hash. */
export const credentials = `
CREATE TABLE sessions (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  revoked_at BIGINT
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE refresh_tokens (
  hash TEXT PRIMARY KEY,
  session_id TEXT NOT NULL,
  used_at BIGINT
);
CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id);

CREATE TABLE tickets (
  hash TEXT PRIMARY KEY,
  user_id TEXT NOT NULL,
  session_id TEXT,
  token_expires_at BIGINT NOT NULL,
  origin TEXT,
  expires_at BIGINT NOT NULL
);
CREATE INDEX tickets_expiry ON tickets (expires_at);

CREATE TABLE api_keys (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  hash TEXT NOT NULL UNIQUE,
  scopes TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  last_used_at BIGINT,
  revoked_at BIGINT
);

CREATE INDEX marks_seq ON marks (seq);
CREATE INDEX read_through_seq ON read_through (seq);
`
