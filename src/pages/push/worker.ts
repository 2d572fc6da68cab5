import type { PushMessage, PushPayload } from '../../protocol/outbound/push.ts'
import { PushOwner } from './owner.ts'

/*
 * The service worker that shows pushes. Served as `/push-worker.js`, and a classic script, so that the worker of an app can import it:
 *
 *     self.belfry = { url: 'https://notifications.example' }
 *     importScripts('https://notifications.example/push-worker.js')
 */

/** What an app says before it imports this: where Belfry is, which page to open for a push that leads nowhere, and a picture for all of them. */
interface Config { url?: string, page?: string, icon?: string }

type Told = Pick<PushPayload, 'url' | 'receipt' | 'actions'>

interface Lasting extends Event { waitUntil (work: Promise<unknown>): void }
interface Pushed extends Lasting { data: { json (): unknown } | null }
interface Heard extends Lasting { data?: PushMessage }
interface Clicked extends Lasting { action: string, notification: Notification & { data?: { belfry?: Told } } }
interface Tab { url: string, focus (): Promise<unknown> }
interface Worker extends EventTarget {
  belfry?: Config
  location: Location
  navigator: Navigator & { setAppBadge?: (count: number) => Promise<void> }
  registration: ServiceWorkerRegistration
  clients: { matchAll (options: object): Promise<Tab[]>, openWindow (url: string): Promise<unknown> }
  skipWaiting (): Promise<void>
}

const worker = self as unknown as Worker
const config = worker.belfry
const owner = new PushOwner(worker)
const base = new URL(config?.url ?? '.', worker.location.href).href.replace(/\/?$/, '/')
const page = config ? new URL(config.page ?? '.', worker.registration.scope).href : `${base}inbox`

const isBelfrys = (value: unknown): value is PushPayload => {
  return typeof value === 'object' && value !== null && ['id', 'title', 'message', 'tag'].every(name => typeof (value as Record<string, unknown>)[name] === 'string')
}

function read ({ data }: Pushed): PushPayload | undefined {
  try {
    const value = data?.json()
    return isBelfrys(value) ? value : undefined
  } catch {
    // An app's own.
    return undefined
  }
}

async function show ({ title, message, tag, url, actions = [], unread_count: unread, receipt }: PushPayload): Promise<void> {
  const told: Told = { ...url === undefined ? {} : { url }, ...receipt === undefined ? {} : { receipt }, actions }
  const isShown = await owner.show(() => worker.registration.showNotification(title, {
    body: message,
    tag,
    // The one before with the same tag makes room for it, and it rings again.
    renotify: true,
    data: { belfry: told },
    actions: actions.map(({ id, label }) => ({ action: id, title: label })),
    ...config?.icon === undefined ? {} : { icon: config.icon }
  } as NotificationOptions))
  if (isShown) await Promise.all([tell(receipt, { state: 'delivered' }), worker.navigator.setAppBadge?.(unread)?.catch(() => {})])
}

/** Says what became of it. If that fails, the server goes without. */
async function tell (receipt: string | undefined, what: object): Promise<void> {
  if (receipt === undefined) return
  await fetch(`${base}api/push/receipt`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ receipt, ...what }), keepalive: true }).catch(() => {})
}

async function follow ({ action, notification }: Clicked, { url, receipt, actions = [] }: Told): Promise<void> {
  notification.close()
  const chosen = actions.find(({ id }) => id === action)
  const to = chosen ? chosen.url : url ?? page
  await Promise.all([
    // The tab first: a browser allows it only for a moment.
    to === undefined ? undefined : open(new URL(to, worker.registration.scope).href),
    tell(receipt, { state: 'acted', ...chosen ? { action: chosen.id } : {} })
  ])
}

/** Goes to a tab that shows it, or opens one. */
async function open (url: string): Promise<void> {
  if (!/^(https?|mailto):/.test(url)) return
  const tabs = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true })
  const tab = tabs.find(tab => tab.url.split('#')[0] === url.split('#')[0])
  await (tab ? tab.focus() : worker.clients.openWindow(url)).catch(() => {})
}

worker.addEventListener('push', event => {
  const payload = read(event as Pushed)
  if (payload) (event as Pushed).waitUntil(show(payload))
})
worker.addEventListener('notificationclick', event => {
  const told = (event as Clicked).notification.data?.belfry
  if (told) (event as Clicked).waitUntil(follow(event as Clicked, told))
})
worker.addEventListener('message', event => {
  const { data } = event as unknown as Heard
  if (data?.belfry) (event as Lasting).waitUntil(owner.hear(data))
})
// An app's worker decides for itself.
if (!config) worker.addEventListener('install', event => (event as Lasting).waitUntil(worker.skipWaiting()))
