import type { Page } from 'playwright-core'
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

/** Gives messages to the service worker of an origin that is for `scope`, as the browser's push service would. */
export async function delivering (page: Page, origin: string, scope: string): Promise<(data: object) => Promise<void>> {
  const cdp = await page.context().newCDPSession(page)
  const registered = new Promise<string>(resolve => {
    cdp.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const own = registrations.find(({ scopeURL, isDeleted }) => scopeURL === origin + scope && !isDeleted)
      if (own) resolve(own.registrationId)
    })
  })
  await cdp.send('ServiceWorker.enable')
  const registrationId = await registered
  return async data => { await cdp.send('ServiceWorker.deliverPushMessage', { origin, registrationId, data: JSON.stringify(data) }) }
}
