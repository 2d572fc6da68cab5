import type { PushMessage } from '../protocol/outbound/push.ts'
import type { Session } from './api.ts'
import type { BelfryError } from './errors.ts'
import type { Core } from './seam.ts'
import type { Answer } from './shared/answer.ts'
import { endedOf, keepEnded } from './shared/ended.ts'

/**
 * Whether this browser shows pushes to the user: `on` or `off`. `blocked`: the user has denied this site notifications, and only the
 * browser's settings can change that. `unsupported`: the browser has no Web Push, or not on this page (without https, for example).
 * `unavailable`: the server does not push, or did not answer.
 */
export type PushState = 'on' | 'off' | 'blocked' | 'unsupported' | 'unavailable'

/** What failed: the service worker, the browser with its push service, or the server. */
export type PushStep = 'worker' | 'service' | 'server'

/** Why pushes could not be turned on or off; `cause` is what the browser said, or the client: of the server, a `BelfryError`. */
export class PushError extends Error {
  override readonly name = 'PushError'
  readonly step: PushStep

  constructor (step: PushStep, cause: unknown) {
    super(`${reasons[step]}: ${String((cause as Error | undefined)?.message ?? cause)}`, { cause })
    this.step = step
  }
}

const reasons: Record<PushStep, string> = {
  worker: 'the service worker could not be loaded',
  service: 'the browser or its push service refused, or cannot be reached',
  server: 'the server refused, or cannot be reached'
}

const during = async <T>(step: PushStep, work: Promise<T>): Promise<T> => await work.catch(cause => { throw new PushError(step, cause) })

export interface PushOptions {
  /** The address of a service worker of this origin, such as `/sw.js`, which imports Belfry's `push-worker.js`. */
  worker: string
  /** What the worker is for, relative to its address: its folder, if absent. */
  scope?: string | undefined
  /** The device whose deliveries its pushes count as: that of the client. */
  device?: string | undefined
}

export interface PushSwitch {
  /** Never rejects. A subscription that is on is renewed, once for each user. */
  state (): Promise<PushState>
  /** As `state`, but while `isWanted`, a server that did not answer is asked again when the client is connected. */
  settled (isWanted?: () => boolean): Promise<PushState>
  /** Asks the user, which needs a click, and subscribes. Rejects with a `PushError`, whose `step` says what failed: `worker`, `service` or `server`. */
  turnOn (): Promise<PushState>
  /** Unsubscribes, and has the worker close what is shown; also when nobody is logged in any more. Rejects with a `PushError`. */
  turnOff (): Promise<PushState>
}

/* What this uses of a browser: the package is type-checked in Node too. */
interface Subscription {
  readonly endpoint: string
  readonly options: { readonly applicationServerKey?: ArrayBuffer | null }
  toJSON (): { endpoint: string, expirationTime?: number | null, keys: Record<string, string> }
  unsubscribe (): Promise<boolean>
}
interface Worker { readonly state: string, postMessage (message: PushMessage): void, addEventListener (name: 'statechange', listener: () => void): void }
interface Registration {
  readonly active: Worker | null
  readonly waiting: Worker | null
  readonly installing: Worker | null
  readonly pushManager: { getSubscription (): Promise<Subscription | null>, subscribe (options: { userVisibleOnly: true, applicationServerKey: string }): Promise<Subscription> }
}
interface Container { getRegistration (url: string): Promise<Registration | undefined>, register (url: string, options: { scope: string }): Promise<Registration> }
interface Policy { createScriptURL (url: string): string }
interface Browser {
  navigator: { serviceWorker?: Container }
  Notification?: { permission: string, requestPermission (): Promise<string> }
  PushManager?: unknown
  location: { href: string }
  trustedTypes?: { createPolicy (name: string, rules: Policy): Policy }
}

const browser = globalThis as unknown as Browser
const SUBSCRIPTIONS = '/api/push/subscriptions'
/** Between two questions to a server that did not answer, in milliseconds. */
const [MIN_PAUSE, MAX_PAUSE] = [1_000, 16_000]
let policy: Policy | undefined

/**
 * Pushes for the user of a client in this browser.
 *
 * ```js
 * import { pushOf } from '@belfry/client/push'
 * const push = pushOf(belfry, { worker: '/sw.js' })
 * button.onclick = () => push.turnOn()
 * ```
 */
export function pushOf ({ core }: Pick<Session, 'core'>, { worker, scope, device }: PushOptions): PushSwitch {
  let renewed: string | undefined
  /** Whether the server may push, but has not said so. */
  let isAway = false

  const scopeUrl = () => new URL(scope ?? '.', new URL(worker, browser.location.href)).href
  const registration = async () => await workers().getRegistration(scopeUrl())
  const current = async () => await (await registration())?.pushManager.getSubscription() ?? null
  const tellWorker = async (message: PushMessage) => (await registration())?.active?.postMessage(message)

  async function state (): Promise<PushState> {
    if (!browser.navigator.serviceWorker || !browser.PushManager || !browser.Notification) return 'unsupported'
    const key = await keyOf(core).catch(({ status }: BelfryError) => { isAway = status !== 403 && status !== 404 })
    if (!key) return 'unavailable'
    await removeEnded(core).catch(() => {})
    if (browser.Notification.permission === 'denied') return 'blocked'
    const subscription = await current().catch(() => null)
    if (!subscription || !isFor(subscription, key) || !await isKnown(core, subscription)) return 'off'
    if (renewed !== core.user) await register(subscription).catch(() => {})
    return 'on'
  }

  /** Tells the server of a subscription. */
  async function register (subscription: Subscription): Promise<void> {
    const { user } = core
    const { endpoint, expirationTime = null, keys } = subscription.toJSON()
    const id = user ?? (await ask(core, 'GET', '/api/auth/me')).id
    // The worker knows it before there can be a push.
    await tellWorker({ belfry: 'owner', user: `${core.base} ${id}` })
    // A browser may give the same one again.
    keepEnded(core.base, endedOf(core.base).filter(ended => ended !== endpoint))
    await ask(core, 'POST', SUBSCRIPTIONS, { endpoint, expirationTime, keys, ...device === undefined ? {} : { device } })
    renewed = user
  }

  /** Registers the worker, and waits until it is active. */
  async function installed (): Promise<Registration> {
    return await active(await workers().register(trusted(worker), { scope: scopeUrl() }))
  }

  /** Ends a subscription in this browser. `state` tells the server. */
  async function end (subscription: Subscription): Promise<void> {
    await during('service', subscription.unsubscribe())
    keepEnded(core.base, [...endedOf(core.base), subscription.endpoint])
  }

  return {
    state,
    async settled (isWanted = () => true) {
      let found = await state()
      for (let pause = MIN_PAUSE; found === 'unavailable' && isAway && isWanted();) {
        await new Promise<void>(resolve => { core.clock.after(pause, resolve) })
        if (core.connection !== 'connected' || !isWanted()) continue
        pause = Math.min(2 * pause, MAX_PAUSE)
        found = await state()
      }
      return found
    },
    async turnOn () {
      if (await browser.Notification?.requestPermission() !== 'granted') return await state()
      const key = await during('server', keyOf(core))
      const registered = await during('worker', installed())
      const before = await during('service', registered.pushManager.getSubscription())
      // One for another key gets nothing from this server, and one of another user may still get what is theirs.
      const isRenewal = before && isFor(before, key) && await isKnown(core, before)
      if (before && !isRenewal) await end(before)
      const subscription = await during('service', registered.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key }))
      await during('server', register(subscription)).catch(async error => {
        if (!isRenewal) await end(subscription).catch(() => {})
        throw error
      })
      return await state()
    },
    async turnOff () {
      const subscription = await current()
      if (subscription) await end(subscription)
      // Not here: Chromium loses a notification that is being shown while a page asks what is.
      await tellWorker({ belfry: 'owner' })
      return await state()
    }
  }
}

const workers = () => browser.navigator.serviceWorker!

/** What the server answers, unless it refuses. */
async function ask (core: Core, ...call: Parameters<Core['call']>): Promise<Answer['body']> {
  const answer = await core.call(...call)
  if (answer.status >= 300) throw core.errorOf(answer)
  return answer.body
}

/** The public key of the server. */
async function keyOf (core: Core): Promise<string> {
  return (await ask(core, 'GET', '/api/push/key')).key
}

function isFor ({ options: { applicationServerKey } }: Subscription, key: string): boolean {
  const bytes = applicationServerKey ? String.fromCharCode(...new Uint8Array(applicationServerKey)) : ''
  return btoa(bytes).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '') === key
}

/** Those that the server has of this user. */
async function list (core: Core): Promise<{ id: string, endpoint: string }[]> {
  return (await ask(core, 'GET', SUBSCRIPTIONS)).items
}

/** Whether the server has it as this user's. If it does not answer, nothing says otherwise. */
async function isKnown (core: Core, { endpoint }: Subscription): Promise<boolean> {
  return await list(core).then(items => items.some(item => item.endpoint === endpoint), () => true)
}

/** Has the server remove those that have ended here. What it had is looked for again the next time: `call` takes an answer without content for a failure. */
async function removeEnded (core: Core): Promise<void> {
  const ended = endedOf(core.base)
  if (ended.length === 0) return
  const had = (await list(core)).filter(({ endpoint }) => ended.includes(endpoint))
  for (const { id } of had) await core.call('DELETE', `${SUBSCRIPTIONS}/${id}`).catch(() => {})
  keepEnded(core.base, had.map(({ endpoint }) => endpoint))
}

/** A subscription needs a worker that is active. */
async function active (registration: Registration): Promise<Registration> {
  const worker = registration.active ?? registration.waiting ?? registration.installing
  if (worker && worker.state !== 'activated') {
    await new Promise<void>((resolve, reject) => {
      worker.addEventListener('statechange', () => {
        if (worker.state === 'activated') resolve()
        if (worker.state === 'redundant') reject(new Error('the service worker could not be installed'))
      })
    })
  }
  return registration
}

/** Where a page's policy has Trusted Types, the address of a worker must be one. */
function trusted (url: string): string {
  const { trustedTypes } = browser
  if (!trustedTypes) return url
  policy ??= trustedTypes.createPolicy('belfry', { createScriptURL: url => url })
  return policy.createScriptURL(url)
}
