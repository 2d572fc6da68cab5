type Ask = (method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: object) => Promise<unknown>

export interface Scene {
  /** Requests of a platform admin, and of `user`, who is in company_b. Both throw if they are refused. */
  admin: Ask
  user: Ask
  id: string
  /** Lets so much time pass. */
  pass: (ms: number) => Promise<void>
}

/** A reason for which somebody does not get a notification, the one that shows it, and the heading and a piece of the answer. */
export interface Told { reason: string, notification: string, heading: string, says: string }

/** Sends a notification for each reason that reports know why somebody did not get it, and does what makes it so. */
export async function reasons ({ admin, user, id, pass }: Scene): Promise<Told[]> {
  const send = async (reason: string, title: string, audience: object, more: object = {}) => {
    const notification = `why-${reason.replaceAll('_', '-')}`
    await admin('POST', '/api/notifications/send', { id: notification, title, message: 'Please have a look.', priority: 'info', topic: 'operations', audience, ...more })
    return notification
  }
  const members = async (group: string, change: object) => { await admin('PUT', `/api/groups/${group}/members`, change) }
  const theirs = { companies: ['company_b'] }
  await admin('PUT', '/api/groups/drivers', { name: 'Drivers' })
  await admin('PUT', '/api/groups/packers', { name: 'Packers' })
  await members('packers', { add: [id] })
  const told = (reason: string, notification: string, heading: string, says: string): Told => ({ reason, notification, heading: heading.replace('X', id), says: says.replaceAll('X', id) })
  const found: Told[] = []

  found.push(told('not_in_audience', await send('not_in_audience', 'New badges in Berlin', { companies: ['company_a'] }), 'It was not sent to X', 'X was never in its audience: Everybody in company_a.'))
  found.push(told('joined_later', await send('joined_later', 'Route 7 is closed', { groups: ['drivers'] }), 'It was not sent to X', 'X joined its audience (Group drivers) after it was sent'))
  await members('drivers', { add: [id] })
  found.push(told('left', await send('left', 'Late shift on Thursday', { groups: ['packers'] }), 'X did not get it', 'X has left its audience (Group packers) since.'))
  await members('packers', { remove: [id] })
  found.push(told('excluded', await send('excluded', 'A present for Carol', { ...theirs, not: { users: [id] } }), 'It was not sent to X', 'Whoever sent it left X out by id.'))
  await user('PATCH', '/api/preferences/me', { topics: { offers: { inbox: 'off' } } })
  found.push(told('muted', await send('muted', 'Ten per cent off', theirs, { topic: 'offers' }), 'X did not get it', 'The topic “offers” was off for X when it was sent: X had switched it off.'))
  found.push(told('recalled', await send('recalled', 'Prices of May', theirs), 'X did not get it', 'from every inbox.'))
  await admin('DELETE', `/api/broadcast/${found.at(-1)!.notification}`)
  found.push(told('expired', await send('expired', 'Lunch is ready', theirs, { expires_at: new Date(Date.now() + 1_500).toISOString() }), 'X did not get it', 'before any app of X came for it.'))
  await pass(1_600)
  found.push(told('not_connected', await send('not_connected', 'Check your address', theirs), 'It is in the inbox of X, and not delivered yet', 'No app of X has been connected since'))
  return found
}
