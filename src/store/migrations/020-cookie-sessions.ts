/**
 * When the password of a session was last given, milliseconds since 1970, for sessions whose refresh token is in a
 * cookie of a browser: there, some actions ask for it again. NULL for all other sessions, which are never asked.
 */
export const cookieSessions = `
ALTER TABLE sessions ADD COLUMN password_at BIGINT;
`
