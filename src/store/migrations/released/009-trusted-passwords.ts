/**
 * Whether a password was set by somebody who may give the user any role and company. Among existing passwords this
 * is certain only for those of platform admins, since only a platform admin could set them.
 */
export const trustedPasswords = `
ALTER TABLE users ADD COLUMN password_trusted BIGINT NOT NULL DEFAULT 1;
UPDATE users SET password_trusted = 0 WHERE password_hash IS NOT NULL AND NOT (role = 'admin' AND company IS NULL);
`
