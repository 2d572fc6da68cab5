import type { PushMessage } from '../../protocol/outbound/push.ts'
import { at, root } from './root.ts'

/**
 * Ends the pushes of everybody in this browser but the user who is logged in now, if somebody is, and takes off the screen what is shown.
 * `loggedIn` says who that is at any moment: browsers may take their time, and somebody may have logged in meanwhile.
 */
export async function endPushesBut (loggedIn: () => string | undefined): Promise<void> {
  const scope = at('inbox')
  const registration = await navigator.serviceWorker?.getRegistration(scope)
  // An app may lie around this server, with a worker of its own.
  if (registration?.scope !== scope) return
  const userId = loggedIn()
  const user = userId === undefined ? undefined : `${root.href.replace(/\/$/, '')} ${userId}`
  registration.active?.postMessage({ belfry: 'only', user } satisfies PushMessage)
  if (user !== undefined) return
  // The worker may still be of a version that does not know of this.
  const [shown, subscription] = await Promise.all([registration.getNotifications(), registration.pushManager.getSubscription()])
  if (loggedIn() !== undefined) return
  for (const notification of shown) notification.close()
  await subscription?.unsubscribe()
}
