/**
 * `users.email`: where a user's mail goes; `email_iat` is when that was stated last, as `claims_iat` is for role and company; `bounces`
 * counts the mails that this address has refused since it took one.
 *
 * `mails`: for each user and kind of mail, how far that has come: the notifications up to `through` are mailed, or need no mail. `due_at` is when
 * the next mail is to be made (NULL: nothing waits), and `next_at` when the one after it is. Once a mail is begun, it is of the
 * notifications up to `up_to`, however often it is tried (`n`), and it has a `number`, by which receivers recognise it. The node `owner` tries it until `claimed_until`.
 *
 * `mailed`: which notifications were in a mail that was `sent`, or that `failed` for good.
 */
export const mail = `
ALTER TABLE users ADD COLUMN email TEXT;
ALTER TABLE users ADD COLUMN email_iat BIGINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN bounces BIGINT NOT NULL DEFAULT 0;
CREATE INDEX users_email ON users (email) WHERE email IS NOT NULL;

CREATE TABLE mails (
  user_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  through BIGINT NOT NULL,
  due_at BIGINT,
  next_at BIGINT,
  up_to BIGINT,
  number BIGINT NOT NULL DEFAULT 0,
  n BIGINT NOT NULL DEFAULT 0,
  error TEXT,
  owner TEXT,
  claimed_until BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (user_id, kind)
);
CREATE INDEX mails_due ON mails (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE mailed (
  user_id TEXT NOT NULL,
  seq BIGINT NOT NULL,
  at BIGINT NOT NULL,
  state TEXT NOT NULL,
  PRIMARY KEY (user_id, seq)
);
CREATE INDEX mailed_seq ON mailed (seq);
`
