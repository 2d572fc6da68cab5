/**
 * Whether a password was set by somebody who may give its user any role and company. Of stored passwords that is
 * known only for those of platform admins, which nobody but a platform admin could set.
 */
export const trustedPasswords = `
ALTER TABLE users ADD COLUMN password_trusted BIGINT NOT NULL DEFAULT 1;
UPDATE users SET password_trusted = 0 WHERE password_hash IS NOT NULL AND NOT (role = 'admin' AND company IS NULL);
`
