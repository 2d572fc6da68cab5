import { keptIn } from '../../client/shared/database.ts'
import type { PushMessage } from '../../protocol/outbound/push.ts'

/** Whose the subscription is, as pages have told; null once that user has logged out, with the endpoint that they had. */
interface Owner { user: string | null, endpoint?: string | undefined }

/** What is used of a worker. */
interface Home { registration: ServiceWorkerRegistration, navigator: Navigator & { setAppBadge?: (count: number) => Promise<void> } }

const none = () => undefined

/**
 * Knows whose pushes this worker shows, over its restarts: a push service may still give it what it kept for a user who has logged out.
 *
 *     turned on: owner ─→ { user }  ── left, only ─→ { user: null, endpoint } : nothing is shown, until
 *                            ↑─────────────────── owner, or another endpoint ──────────┘
 *     turned off: owner of nobody ─→ { user: null } : nothing is shown, until there is a subscription
 *
 * Never told anything, it shows everything: an app may have subscribed without the client.
 */
export class PushOwner {
  readonly #home: Home
  readonly #kept = keptIn<Owner>('belfry-push')
  /** One thing at a time: what is shown while its user logs out would stay. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor (home: Home) {
    this.#home = home
  }

  /** What a page says. */
  hear ({ belfry: what, user: said }: PushMessage): Promise<void> {
    const user = said ?? null
    return this.#inTurn(async () => {
      const owner = await this.#load()
      if (what === 'owner') {
        // What is shown while nobody has told whose it is may be this user's.
        if (owner ? owner.user !== user : user === null) await this.#close()
        return await this.#save({ user })
      }
      if (owner ? owner.user !== null && (owner.user === user) === (what === 'left') : what === 'only' && user === null) return await this.#end()
      // Whose they are is not known.
      if (!owner) await this.#close()
    })
  }

  /** Shows something, unless its user has logged out. Resolves with whether it did. */
  async show (work: () => Promise<void>): Promise<boolean> {
    return await this.#inTurn(async () => {
      const owner = await this.#load()
      if (owner?.user === null && await this.#isOver(owner)) return false
      await work()
      return true
    })
  }

  async #isOver ({ endpoint }: Owner): Promise<boolean> {
    const subscription = await this.#subscription()
    if (subscription && subscription.endpoint !== endpoint) return false
    // It could not be ended at once.
    await subscription?.unsubscribe().catch(none)
    return true
  }

  async #end (): Promise<void> {
    const subscription = await this.#subscription()
    await this.#save({ user: null, endpoint: subscription?.endpoint })
    await Promise.all([this.#close(), subscription?.unsubscribe().catch(none), this.#home.navigator.setAppBadge?.(0).catch(none)])
  }

  /** Takes what is shown off the screen; not what is the app's. */
  async #close (): Promise<void> {
    for (const notification of await this.#home.registration.getNotifications()) {
      if (notification.data?.belfry) notification.close()
    }
  }

  #subscription (): Promise<PushSubscription | null | undefined> {
    return this.#home.registration.pushManager.getSubscription().catch(none)
  }

  /** Where nothing can be kept, nothing is known. */
  #load (): Promise<Owner | undefined> {
    return this.#kept.load(this.#home.registration.scope).catch(none)
  }

  #save (owner: Owner): Promise<void> {
    return this.#kept.save(this.#home.registration.scope, owner).catch(none)
  }

  #inTurn<T> (work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work)
    this.#turn = result.catch(none)
    return result
  }
}
