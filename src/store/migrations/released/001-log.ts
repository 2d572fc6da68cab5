/** The log, its audience index, the marks in users' inboxes, and the users. */
export const log = `
CREATE TABLE log (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  epoch TEXT NOT NULL,
  seq BIGINT NOT NULL,
  floor BIGINT NOT NULL
);

CREATE TABLE events (
  seq BIGINT PRIMARY KEY,
  kind TEXT NOT NULL,
  id TEXT,
  keys TEXT NOT NULL,
  topic TEXT,
  at BIGINT NOT NULL,
  expires_at BIGINT,
  body TEXT NOT NULL,
  type TEXT,
  sender TEXT,
  scope TEXT,
  digest TEXT,
  idempotency_key TEXT,
  recalled_at BIGINT
);
CREATE UNIQUE INDEX events_id ON events (id) WHERE id IS NOT NULL;
CREATE UNIQUE INDEX events_idempotency ON events (sender, idempotency_key) WHERE idempotency_key IS NOT NULL;

-- class 0: notifications, class 1: everything else, so that an inbox never wades through read marks
CREATE TABLE event_keys (
  key TEXT NOT NULL,
  class INTEGER NOT NULL,
  seq BIGINT NOT NULL,
  PRIMARY KEY (key, class, seq)
);

-- state 1: read, 2: unread again, 3: deleted from this inbox
CREATE TABLE marks (
  user_id TEXT NOT NULL,
  seq BIGINT NOT NULL,
  state INTEGER NOT NULL,
  read_at BIGINT,
  PRIMARY KEY (user_id, seq)
);

-- "everything up to seq is read", for one topic, or for all ('')
CREATE TABLE read_through (
  user_id TEXT NOT NULL,
  topic TEXT NOT NULL,
  seq BIGINT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (user_id, topic, seq)
);

CREATE TABLE users (
  id TEXT PRIMARY KEY,
  username TEXT UNIQUE,
  role TEXT NOT NULL,
  company TEXT,
  password_hash TEXT,
  created_at BIGINT NOT NULL,
  created_seq BIGINT NOT NULL,
  role_seq BIGINT NOT NULL,
  company_seq BIGINT NOT NULL,
  direct_seq BIGINT NOT NULL,
  claims_iat BIGINT NOT NULL,
  deleted_at BIGINT
);
CREATE INDEX users_company ON users (company, role);
CREATE INDEX users_role ON users (role);
`
