/**
 * Notifications that are sent later. A row stays when its notification is published or will never be, until it is
 * tidied away, so that retries are recognised and its sender sees what came of it.
 *
 * `number` counts plans in the order in which they were made; `made_seq` is the log's head at that moment.
 * `draft` is the Draft as JSON without its body. `body` is null once the plan was published (the event has
 * it then) or cancelled. `log` counts the plans made so far, and those that still wait.
 */
export const plans = `
CREATE TABLE plans (
  number BIGINT PRIMARY KEY,
  id TEXT NOT NULL,
  state TEXT NOT NULL,
  send_at BIGINT NOT NULL,
  made_at BIGINT NOT NULL,
  made_seq BIGINT NOT NULL,
  ended_at BIGINT,
  seq BIGINT,
  refusal TEXT,
  revision BIGINT NOT NULL,
  sender TEXT NOT NULL,
  scope TEXT,
  digest TEXT NOT NULL,
  idempotency_key TEXT,
  label TEXT,
  draft TEXT NOT NULL,
  body TEXT
);
CREATE UNIQUE INDEX plans_id ON plans (id);
CREATE UNIQUE INDEX plans_idempotency ON plans (sender, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE UNIQUE INDEX plans_label ON plans (sender, label, digest) WHERE label IS NOT NULL;
CREATE INDEX plans_due ON plans (send_at, number) WHERE state = 'planned';
CREATE INDEX plans_state ON plans (state, number);
CREATE INDEX plans_sender ON plans (sender, state, number);
CREATE INDEX plans_scope ON plans (scope, state, number) WHERE scope IS NOT NULL;
CREATE INDEX plans_ended ON plans (ended_at) WHERE ended_at IS NOT NULL;

ALTER TABLE log ADD COLUMN plans_made BIGINT NOT NULL DEFAULT 0;
ALTER TABLE log ADD COLUMN plans_waiting BIGINT NOT NULL DEFAULT 0;
`
