import type { Channel, Locks, Platform } from '../../../src/client/platform.ts'
import { HandPage } from './page.ts'
import type { World } from './world.ts'

interface Wish { tab: Tab, run: () => void, end: (error: unknown) => void }

/** A browser: what its tabs share. */
export class Browser {
  readonly #world: World
  readonly #held = new Map<string, Wish>()
  readonly #queues = new Map<string, Wish[]>()
  readonly tabs: Tab[] = []
  /** Milliseconds that a message between tabs takes. */
  lag = 0

  constructor (world: World) {
    this.#world = world
  }

  tab (): Tab {
    const tab = new Tab(this, this.#world)
    this.tabs.push(tab)
    return tab
  }

  /** Web Locks. https://w3c.github.io/web-locks/ */
  async request<T> (tab: Tab, name: string, { steal = false, signal }: Parameters<Locks['request']>[1], fn: (lock: object | null) => Promise<T>): Promise<T> {
    if (signal?.aborted) throw new DOMException('aborted', 'AbortError')
    const queue = this.#queues.get(name) ?? []
    this.#queues.set(name, queue)
    return await new Promise<T>((resolve, reject) => {
      const wish: Wish = {
        tab,
        end: reject,
        run: () => {
          this.#held.set(name, wish)
          fn({ name }).then(resolve, reject).finally(() => {
            if (this.#held.get(name) !== wish) return
            this.#held.delete(name)
            queue.shift()?.run()
          })
        }
      }
      signal?.addEventListener('abort', () => {
        const index = queue.indexOf(wish)
        if (index < 0) return
        queue.splice(index, 1)
        reject(new DOMException('aborted', 'AbortError'))
      })
      const holder = this.#held.get(name)
      if (steal) {
        holder?.tab.soon(() => holder.end(new DOMException('stolen', 'AbortError')))
        wish.run()
      } else if (holder || queue.length > 0) queue.push(wish)
      else wish.run()
    })
  }

  /** The tab is closed or crashes: the browser takes back what it had. */
  close (tab: Tab): void {
    tab.isGone = true
    this.tabs.splice(this.tabs.indexOf(tab), 1)
    for (const [name, wish] of this.#held) {
      const queue = this.#queues.get(name)!
      this.#queues.set(name, queue.filter(other => other.tab !== tab))
      if (wish.tab !== tab) continue
      this.#held.delete(name)
      this.#queues.get(name)!.shift()?.run()
    }
  }
}

/** A tab: messages to one that is frozen wait until it thaws. */
export class Tab {
  readonly page = new HandPage()
  readonly channels = new Map<string, Set<Channel>>()
  readonly platform: Platform
  isGone = false
  /** Whether messages to it are lost. */
  isDeaf = false
  #frozen: (() => void)[] | undefined

  constructor (browser: Browser, { platform, clock }: World) {
    const { page, channels } = this
    this.platform = {
      ...platform,
      page,
      after: (ms, fn) => clock.after(ms, () => this.soon(fn)),
      locks: { request: async (name, options, fn) => await browser.request(this, name, options, fn) },
      channel: name => {
        const channel: Channel = {
          onmessage: null,
          postMessage: message => {
            const data = structuredClone(message)
            for (const tab of browser.tabs) {
              if (tab.isDeaf) continue
              for (const other of tab.channels.get(name) ?? []) {
                const deliver = () => tab.soon(() => other.onmessage?.({ data }))
                if (other !== channel) browser.lag > 0 ? clock.after(browser.lag, deliver) : queueMicrotask(deliver)
              }
            }
          },
          close () {
            this.onmessage = null
            channels.get(name)?.delete(this)
          }
        }
        channels.set(name, (channels.get(name) ?? new Set()).add(channel))
        return channel
      }
    }
  }

  /** Runs a task of this tab, when it runs any. */
  soon (task: () => void): void {
    if (this.isGone) return
    if (this.#frozen) this.#frozen.push(task)
    else task()
  }

  /** Stops running: `isTold` says whether its page hears of it before. */
  freeze (isTold = false): void {
    if (isTold) this.page.fire('freeze')
    this.#frozen = []
  }

  thaw (isTold = false): void {
    const tasks = this.#frozen ?? []
    this.#frozen = undefined
    for (const task of tasks) task()
    if (isTold) this.page.fire('resume')
  }
}
