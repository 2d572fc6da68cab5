/** SQL for "the key (w) is everybody's, of a company, or of a user": only for these are there settings. `cr:`, `g:` and `r:` lie between them. */
export const HAS_SETTINGS = "(w.key < 'cr' OR w.key >= 'u')"

/** SQL for "something may be muted for a user", who is an expression: false for nearly all users. */
export function mayMute (user: string): string {
  return `EXISTS (SELECT 1 FROM memberships w CROSS JOIN topic_settings x WHERE x.scope = w.key AND x.inbox = 0 AND w.user_id = ${user} AND ${HAS_SETTINGS})`
}

/** SQL for "a membership is not that of a former user with the same id", whose memberships all ended up to that user's removal. */
export function isOwn (membership: string, user: string): string {
  return `${membership}.from_seq >= COALESCE((SELECT u.direct_seq FROM users u WHERE u.id = ${user}), 0)`
}

/** What may be muted for a user: nothing, topics that the user chose alone, or what depends on the operator's or a company's settings too. */
export const MUTES = { none: 0, own: 1, any: 2 } as const

/** SQL for which of `MUTES` it is, for a user who is an expression that is used twice. */
export function mutesFlag (user: string): string {
  return `CASE WHEN NOT ${mayMute(user)} THEN ${MUTES.none}
    WHEN EXISTS (SELECT 1 FROM memberships w CROSS JOIN topic_settings x WHERE x.scope = w.key AND w.user_id = ${user} AND w.key < 'cr') THEN ${MUTES.any} ELSE ${MUTES.own} END`
}
