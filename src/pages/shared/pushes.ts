import type { PushMessage } from '../../protocol/outbound/push.ts'
import { at, root } from './root.ts'

/**
 * Ends the pushes of everybody in this browser but the user who is logged in now, if somebody is. `loggedIn` says who that is at any
 * moment: browsers may take their time, and somebody may have logged in meanwhile.
 */
export async function endPushesBut (loggedIn: () => string | undefined): Promise<void> {
  const scope = at('inbox')
  const registration = await navigator.serviceWorker?.getRegistration(scope)
  // An app may lie around this server, with a worker of its own.
  if (registration?.scope !== scope) return
  const userId = loggedIn()
  const user = userId === undefined ? undefined : `${root.href.replace(/\/$/, '')} ${userId}`
  // The worker closes what is shown: it knows when nothing is being shown. Chromium loses a notification that a page asks for meanwhile.
  registration.active?.postMessage({ belfry: 'only', user } satisfies PushMessage)
  const subscription = await registration.pushManager.getSubscription()
  if (loggedIn() === undefined) await subscription?.unsubscribe()
}
