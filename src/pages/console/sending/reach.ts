import { ApiError, asApiError, isPlatformAdmin, pathOf, type Call, type Me } from '../access.ts'
import type { ConsoleApp } from '../parts/page.ts'
import { counted, type Audience } from '../parts/words.ts'

export interface Recipients { users: number, connected: number, unknown: number }

/** What is certain to be valid, so that only the audience is judged. */
const PROBE = { title: 'Count', message: 'Count', priority: 'info', topic: 'count' }

/** How many an audience reaches now: a dry run, which stores nothing. Throws ApiError. */
export async function countRecipients (app: ConsoleApp, audience: Audience, signal?: AbortSignal): Promise<Recipients> {
  const call: Call = { method: 'POST', path: pathOf(['notifications', 'send'], { dry_run: 'true' }), body: { ...PROBE, audience } }
  return (await app.call<{ recipients: Recipients }>(call, signal)).recipients
}

/**
 * The error of a call that was to reach an audience, which says what its sender may address. The server does not tell which of
 * several users it refused, nor whether they exist; neither does this.
 */
export function refusalOf (error: unknown, { users = [] }: Audience, me: Me): ApiError {
  const known = asApiError(error)
  if (known.code !== 'BLF_FORBIDDEN' || isPlatformAdmin(me) || !me.company) return known
  const whom = users.length === 0 ? 'this audience' : users.length === 1 ? `“${users[0]}”` : 'all of these users'
  const advice = users.length === 0 ? '' : ` Check the ${users.length === 1 ? 'id' : 'ids'}, or ask a platform admin to send it.`
  return new ApiError(`You can’t send to ${whom}: an admin of ${me.company} sends to users of ${me.company} only.${advice}`, { status: 403, code: known.code })
}

export const inboxes = ({ users }: Recipients) => counted(users, 'inbox', 'inboxes')

/** Asks, and recalls a notification; false if somebody thought better of it. Throws ApiError. */
export async function recall (app: ConsoleApp, id: string, recipients: Recipients | undefined): Promise<boolean> {
  const call: Call = { method: 'DELETE', path: pathOf(['broadcast', id]) }
  const from = recipients ? inboxes(recipients) : 'every inbox'
  const isSure = await app.confirm({
    title: `Recall from ${from}?`,
    text: 'It disappears from every inbox and every open page, and its text is removed from the store. This cannot be undone.',
    action: 'Recall',
    isDanger: true,
    calls: [call]
  })
  if (!isSure) return false
  await app.call(call)
  app.say(`Recalled from ${from}.`)
  return true
}
