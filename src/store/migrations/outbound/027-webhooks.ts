/**
 * `webhooks`: who is called for which events (`types`, JSON) of which company (NULL: everybody's). `secrets` (JSON) has those that sign, the
 * newest first, with `until` where one ends. `failing_since` is when the first of the attempts failed that have failed without a break.
 * The place in the log, and what was not delivered at once, is that of the reader `webhook/<id>`.
 */
export const webhooks = `
CREATE TABLE webhooks (
  id TEXT PRIMARY KEY,
  url TEXT NOT NULL,
  types TEXT NOT NULL,
  company TEXT,
  ordered BIGINT NOT NULL,
  state TEXT NOT NULL,
  disabled_reason TEXT,
  secrets TEXT NOT NULL,
  failing_since BIGINT,
  created_at BIGINT NOT NULL
);
CREATE INDEX webhooks_company ON webhooks (company, id);
`
