/** `users.name`: what people call a user, also in the address of a mail. */
export const names = `
ALTER TABLE users ADD COLUMN name TEXT;
CREATE INDEX users_called ON users (name) WHERE name IS NOT NULL;
`
