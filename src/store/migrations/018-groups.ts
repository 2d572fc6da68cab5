/** Groups; who is a member is in `memberships`. `members` is how many there are, so that nobody has to count them. */
export const groups = `
CREATE TABLE user_groups (
  key TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  is_open BIGINT NOT NULL,
  members BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);
-- for replays: what a user is told of the end of a membership
CREATE INDEX memberships_ended ON memberships (user_id, to_seq) WHERE to_seq IS NOT NULL;
`
