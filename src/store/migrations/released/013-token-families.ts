/**
 * A session's `family` is the hash of what all of its refresh tokens begin with, so that a used one is known
 * without a row of its own. Sessions from before have none, and keep their rows. `ended_at` is set on a
 * refresh token that became invalid without ever being used.
 */
export const tokenFamilies = `
ALTER TABLE sessions ADD COLUMN family TEXT;
CREATE UNIQUE INDEX sessions_family ON sessions (family) WHERE family IS NOT NULL;
ALTER TABLE refresh_tokens ADD COLUMN ended_at BIGINT;
`
