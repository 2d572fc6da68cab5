/**
 * `pushed`: which notifications push services have taken for a user, and when the first of them did so: of what was not needed, nothing is told.
 *
 * `push_calls.state` may be `out`: a push service has been asked and has not answered yet. If its node does not say until `next_at` what came of it, it is asked again.
 */
export const pushed = `
CREATE TABLE pushed (
  user_id TEXT NOT NULL,
  seq BIGINT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (user_id, seq)
);
CREATE INDEX pushed_seq ON pushed (seq);
CREATE INDEX push_calls_out ON push_calls (seq) WHERE state = 'out';
`
