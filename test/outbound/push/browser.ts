import type { Page } from 'playwright-core'
import { until } from '../../within.ts'
import type { Browser } from './service.ts'

/** A browser's push service is its maker's: one that a test can ask stands in for it. Everything else is the browser's own. */
export const pushManager = ({ subscription }: Browser, scope: string) => `{
  const decode = text => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), letter => letter.charCodeAt(0)).buffer
  let current = null
  PushManager.prototype.getSubscription = async () => current
  PushManager.prototype.subscribe = async function ({ applicationServerKey }) {
    const { active } = await navigator.serviceWorker.getRegistration('${scope}')
    if (active.state !== 'activated') throw new Error('no active worker')
    const unsubscribe = async () => { current = null }
    return current = { ...${JSON.stringify(subscription)}, options: { applicationServerKey: decode(applicationServerKey) }, toJSON: () => (${JSON.stringify(subscription)}), unsubscribe }
  }
}`

/** Counts, in a worker, the pushes that it is done with: also those it does nothing for. */
const COUNTING = `{
  self.handled = 0
  const works = new WeakMap()
  const { waitUntil } = ExtendableEvent.prototype
  ExtendableEvent.prototype.waitUntil = function (work) {
    works.set(this, work)
    return waitUntil.call(this, work)
  }
  addEventListener('push', event => { Promise.resolve(works.get(event)).catch(() => {}).then(() => { handled++ }) })
}`

/**
 * Gives messages to the service worker of an origin that is for `scope`, as the browser's push service would. Resolves once the worker is done with it,
 * so that nobody asks before what is shown: Chromium forgets what is being shown while `getNotifications` is answered.
 */
export async function delivering (page: Page, origin: string, scope: string): Promise<(data: object) => Promise<void>> {
  const context = page.context()
  const cdp = await context.newCDPSession(page)
  const registered = new Promise<string>(resolve => {
    cdp.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const own = registrations.find(({ scopeURL, isDeleted }) => scopeURL === origin + scope && !isDeleted)
      if (own) resolve(own.registrationId)
    })
  })
  await cdp.send('ServiceWorker.enable')
  const registrationId = await registered
  const worker = context.serviceWorkers().find(worker => worker.url().startsWith(`${origin}/`))!
  await worker.evaluate(COUNTING)
  let given = 0
  return async data => {
    await cdp.send('ServiceWorker.deliverPushMessage', { origin, registrationId, data: JSON.stringify(data) })
    given++
    await until('the worker to be done with the push', async () => await worker.evaluate<number>('handled') === given)
  }
}
