/**
 * `marks.read_seq`, `archived_seq` and `deleted_seq`: the event that changed each state last, so that a mark that was made
 * before it and comes later can be told. NULL: not since this version. `at_seq` is the newest of them.
 */
export const markOrder = `
ALTER TABLE marks ADD COLUMN read_seq BIGINT;
ALTER TABLE marks ADD COLUMN archived_seq BIGINT;
ALTER TABLE marks ADD COLUMN deleted_seq BIGINT;
`
