import type { CDPSession, Page } from 'playwright-core'
import type { InboxItem } from '../../../src/client/index.ts'
import type { Membership } from '../../../src/log/audience.ts'
import type { SubscriberLog, WireFrame } from '../journal.ts'
import { briefTokenOf } from '../people.ts'
import { ClientLog, toldTypes } from './client-log.ts'
import { openClient, type Told } from './page.ts'

/** How long the first token of a page is good for, and those that it gets then, seconds. */
const FIRST_TOKEN_S = 4
const TOKEN_S = 30

/** A tab of Chromium with our client as the server serves it. */
export class Tab extends ClientLog {
  readonly page: Page
  readonly complaints: string[] = []
  readonly cuts = 0
  /** How many tokens it fetched. */
  renewals = 0
  /** What carries its frames; `tab`: another tab does. */
  transport: string | undefined
  readonly #member: Membership
  readonly #items = new Map<number, InboxItem>()
  #session: CDPSession | undefined

  private constructor (page: Page, name: string, member: Membership) {
    const log: SubscriberLog = { name, user: member.id, hasLeft: false, connections: [], client: 'tab', screens: [], wishes: [] }
    super(log)
    this.page = page
    this.#member = member
  }

  /** Opens a page of the server at this address, and a client in it. */
  static async open (page: Page, base: string, name: string, member: Membership): Promise<Tab> {
    const tab = new Tab(page, name, member)
    await page.exposeFunction('tell', (told: Told) => tab.#hears(told))
    await page.exposeFunction('nextToken', () => {
      tab.renewals += 1
      return briefTokenOf(member, TOKEN_S)
    })
    page.on('pageerror', error => tab.complaints.push(`${name}: uncaught: ${error.message}`))
    // Any page of the server will do; scripts of a test are not what its policy is about.
    await page.goto(`${base}/healthz`)
    await page.evaluate(openClient, { token: briefTokenOf(member, FIRST_TOKEN_S), types: toldTypes })
    return tab
  }

  async welcomed (): Promise<void> {
    await this.until(() => this.transport !== undefined)
  }

  async settled (): Promise<void> {
    await this.until(() => this.isCurrent)
  }

  /** As a browser freezes a page in the background, and a laptop all of them when it is closed. */
  async freeze (isFrozen: boolean): Promise<void> {
    this.#session ??= await this.page.context().newCDPSession(this.page)
    await this.#session.send('Page.setWebLifecycleState', { state: isFrozen ? 'frozen' : 'active' })
  }

  /** Marks, and takes it back, in the page. */
  async wish (id: string, verbs: ('archive' | 'delete' | 'undo')[]): Promise<void> {
    const done = await this.page.evaluate(async ({ id, verbs }) => {
      const list = belfry.client.inbox({ topic: 'own' })
      const end = list.subscribe(() => {})
      const results = []
      for (const verb of verbs) results.push(await (verb === 'undo' ? list.undo() : list[verb](id)))
      end()
      return results
    }, { id, verbs })
    for (const [index, verb] of verbs.entries()) this.log.wishes!.push({ id, verb: verb === 'undo' ? verb : verb === 'archive' ? 'archived' : 'deleted', isDone: done[index]! })
  }

  async stop (hasLeft = false): Promise<void> {
    this.log.hasLeft ||= hasLeft
    this.isOver = true
    await this.page.close()
  }

  #hears (told: Told): void {
    if (this.isOver) return
    if ('frame' in told) return this.tells(told.frame as WireFrame)
    if ('end' in told) {
      this.transport = undefined
      return this.ends(told.end)
    }
    if ('transport' in told) {
      this.transport = told.transport
      return this.wake()
    }
    if ('error' in told) {
      this.complaints.push(`${this.log.name}: ${told.error}`)
      return
    }
    for (const [number, item] of told.fresh) this.#items.set(number, item)
    this.shows({ ...told.shown, items: told.items.map(number => this.#items.get(number)!) })
  }
}
