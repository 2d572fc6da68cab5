/** `late`: 1 for a notification that is also for users who join its audience later, and for its edits. */
export const lateJoiners = 'ALTER TABLE events ADD COLUMN late BIGINT;'
