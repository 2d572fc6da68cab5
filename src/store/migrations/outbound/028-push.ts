/**
 * `readers.inner_place`: how far a reader has come within the event after `seq`, where that asks for more than one step takes.
 *
 * `push_subscriptions`: where browsers get pushes, and with which keys. `endpoint_hash` finds one by its endpoint; `vapid_key` is the server's
 * public key that it was made for. It ends with the session `session_id` that registered it (NULL: a token of another issuer).
 *
 * `push_calls`: what was not pushed at the first attempt: `pending` until `next_at`, or `failed` for good. `key` is that of the audience under which its
 * user has it; `since` is set for a summary: of what came after it.
 *
 * `push_held`: users whose pushes wait for the end of their quiet hours at `due_at`: of everything after `after`, there is one summary then.
 *
 * `push_receipts`: what browsers have said of pushes, each once.
 */
export const push = `
ALTER TABLE readers ADD COLUMN inner_place TEXT;

CREATE TABLE push_subscriptions (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  endpoint_hash TEXT NOT NULL,
  p256dh TEXT NOT NULL,
  auth TEXT NOT NULL,
  vapid_key TEXT NOT NULL,
  device TEXT,
  session_id TEXT,
  created_at BIGINT NOT NULL,
  renewed_at BIGINT NOT NULL,
  expires_at BIGINT
);
CREATE UNIQUE INDEX push_subscriptions_endpoint ON push_subscriptions (endpoint_hash);
CREATE INDEX push_subscriptions_user ON push_subscriptions (user_id, id);
CREATE INDEX push_subscriptions_session ON push_subscriptions (session_id) WHERE session_id IS NOT NULL;

CREATE TABLE push_calls (
  subscription_id TEXT NOT NULL,
  seq BIGINT NOT NULL,
  user_id TEXT NOT NULL,
  key TEXT NOT NULL,
  since BIGINT,
  state TEXT NOT NULL,
  n BIGINT NOT NULL,
  at BIGINT NOT NULL,
  status BIGINT,
  error TEXT,
  next_at BIGINT,
  PRIMARY KEY (subscription_id, seq)
);
CREATE INDEX push_calls_due ON push_calls (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX push_calls_user ON push_calls (user_id, seq);
CREATE INDEX push_calls_age ON push_calls (at) WHERE next_at IS NULL;

CREATE TABLE push_held (
  user_id TEXT PRIMARY KEY,
  after BIGINT NOT NULL,
  due_at BIGINT NOT NULL
);
CREATE INDEX push_held_due ON push_held (due_at);

CREATE TABLE push_receipts (
  subscription_id TEXT NOT NULL,
  seq BIGINT NOT NULL,
  state TEXT NOT NULL,
  user_id TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (subscription_id, seq, state)
);
CREATE INDEX push_receipts_user ON push_receipts (user_id, seq);
CREATE INDEX push_receipts_seq ON push_receipts (seq);
`
