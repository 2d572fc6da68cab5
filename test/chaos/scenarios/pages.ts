import process from 'node:process'
import type { Browser, BrowserContext } from 'playwright-core'
import { configOf } from '../../docs/running.ts'
import { chromium } from '../../services/chromium.ts'
import { front } from '../../services/front.ts'
import { freePort } from '../../services/process.ts'
import { Proxy } from '../../services/proxy.ts'
import { until } from '../../within.ts'
import { OWN } from '../clients/acting.ts'
import { Tab } from '../clients/tab.ts'
import { members, type Member } from '../people.ts'
import type { World } from '../world.ts'
import { crowd } from './crowd.ts'

export interface PagesOptions { rounds?: number, /** Publications that a fault lasts. */ during?: number }

const [user, other] = ['company_a.one', 'erin'].map(id => members.find(member => member.id === id)!) as [Member, Member]
/** Of a publisher, between two publications: pages draw what comes. Milliseconds. */
const PAUSE_MS = 15

/** Pages of one browser, of a user with several tabs and of another one, behind a proxy. */
class Pages {
  readonly world: World
  readonly browser: Browser
  readonly base: string
  /** Between the proxy and the server. */
  readonly way: Proxy
  readonly reload: () => void
  /** Publications that a fault lasts. */
  readonly during: number
  tabs: Tab[] = []
  readonly #contexts = new Map<Member, Promise<BrowserContext>>()
  #count = 0

  constructor (world: World, parts: { browser: Browser, base: string, way: Proxy, reload: () => void, during: number }) {
    this.world = world
    this.browser = parts.browser
    this.base = parts.base
    this.way = parts.way
    this.reload = parts.reload
    this.during = parts.during
  }

  /** Opens a tab of somebody, whose tabs share what is stored. One that can keep nothing is told, and goes on. */
  async open (member: Member, storage: 'kept' | 'forbidden' | 'full' = 'kept'): Promise<void> {
    if (!this.#contexts.has(member)) this.#contexts.set(member, this.browser.newContext({ bypassCSP: true, ignoreHTTPSErrors: true }))
    const page = await (await this.#contexts.get(member)!).newPage()
    // As browsers do it where a page may keep nothing.
    if (storage === 'forbidden') await page.addInitScript('Object.defineProperty(globalThis, "indexedDB", { get () { throw new DOMException("forbidden", "SecurityError") } })')
    // Before the first write: Chromium remembers for a while how much room there was. 0 is no override.
    if (storage === 'full') await (await page.context().newCDPSession(page)).send('Storage.overrideQuotaForOrigin', { origin: this.base, quotaSize: 1 })
    const tab = await Tab.open(page, this.base, `${member.id}/tab${this.#count++}`, member)
    this.tabs.push(tab)
    this.world.join(tab)
    if (storage !== 'kept') await until(`a page to hear that its storage is ${storage}`, () => tab.complaints.some(text => / storage: .*(forbidden|quota)/i.test(text)))
  }

  /** The tab with the connection that the user's others share. */
  async leader (): Promise<Tab> {
    const leads = ({ log, transport }: Tab) => log.user === user.id && transport === 'websocket'
    await until('a tab to lead', () => this.tabs.some(leads))
    return this.tabs.find(leads)!
  }

  async context (): Promise<BrowserContext> {
    return await this.#contexts.get(user)!
  }

  async pass (): Promise<void> {
    await this.world.accepted(this.during)
  }
}

type Fault = (pages: Pages) => Promise<void>

const faults: Record<string, Fault> = {
  async kill ({ world }) { await world.crash() },
  async drain ({ world: { server, journal } }) {
    journal.drains.push({ exit: await server.stop(), closed: [] })
    await server.start()
  },
  async cut ({ world, way }) {
    world.cuts += 1
    way.cut()
  },
  async reload ({ reload }) { reload() },
  /** One page, the one with the connection, is put to sleep in the background. */
  async freeze (pages) {
    const leader = await pages.leader()
    await leader.freeze(true)
    await pages.pass()
    await leader.freeze(false)
  },
  /** A laptop is closed: no page runs, and nothing is left of the connections when it is opened. */
  async lid (pages) {
    const session = await pages.browser.newBrowserCDPSession()
    const { processInfo } = await session.send('SystemInfo.getProcessInfo')
    const renderers = processInfo.flatMap(({ type, id }) => type === 'renderer' ? [id] : [])
    for (const id of renderers) process.kill(id, 'SIGSTOP')
    pages.way.cut()
    await pages.pass()
    for (const id of renderers) process.kill(id, 'SIGCONT')
    await session.detach()
  },
  async offline (pages) {
    const context = await pages.context()
    await context.setOffline(true)
    pages.way.cut()
    await pages.pass()
    await context.setOffline(false)
  },
  /** The tab with the connection is closed, and another one opened, which begins with what was kept. */
  async close (pages) {
    const leader = await pages.leader()
    pages.tabs = pages.tabs.filter(tab => tab !== leader)
    await leader.stop(true)
    await pages.open(user)
  }
}

/** A tab moves a notification that nobody else touches, and takes it back, whatever happens meanwhile. */
async function move ({ world, tabs }: Pages): Promise<void> {
  const tab = world.random.pick(tabs.filter(({ log }) => log.user === user.id && log.screens!.length > 0))
  const publication = { ...world.compose({ audience: { users: [user.id] } }), topic: OWN }
  world.journal.hidden.get(user.id)!.add(publication.id)
  await world.publish(publication)
  await tab.until(() => tab.hasOnScreen(publication.id) || tab.log.hasLeft)
  // A tab that is closed takes with it whether it was done.
  await tab.wish(publication.id, world.random.pick([['archive', 'undo'], ['delete', 'undo', 'archive'], ['archive', 'delete', 'undo']])).catch((error: unknown) => { if (!tab.log.hasLeft) throw error })
}

/** Several tabs of a user and one of another, while the server, the way to it, the browser and its storage fail. */
export async function pages (world: World, { rounds = 3, during = 40 }: PagesOptions = {}): Promise<void> {
  const { random, journal, scope: { t } } = world
  await world.begin()
  const [browser, way, port] = [await chromium(t), await Proxy.before(t, () => world.server.port), await freePort()]
  // Both of its nodes are the one that fails here: left out for 5 s after each fault, it would be away for most of a run.
  const config = configOf('nginx').replaceAll(/max_fails=\d+ fail_timeout=\d+s/g, 'max_fails=0')
  const { reload } = await front(t, 'nginx', config, [way.port, way.port], port)
  const all = new Pages(world, { browser: browser!, base: `https://127.0.0.1:${port}`, way, reload, during })
  journal.hidden.set(user.id, new Set())
  for (const member of [user, other]) world.subscribe({ name: `${member.id}/socket`, member })
  await Promise.all([all.open(user), all.open(user), all.open(user, 'forbidden'), all.open(other, 'full')])

  let isOver = false
  const publishing = crowd(2, () => isOver, async () => {
    await world.send({ news: { audience: random.pick([{ all: true }, { users: [user.id] }, { companies: ['company_a'] }]), ...(random.oneIn(8) ? { replaceKey: 'likes' } : {}) } })
    await new Promise(resolve => { setTimeout(resolve, PAUSE_MS) })
  })
  const disturbing = async () => {
    try {
      for (let round = 0; round < rounds; round++) {
        for (const [name, fault] of Object.entries(faults)) {
          const moving = name === 'close' ? undefined : move(all)
          await fault(all).catch((error: unknown) => { throw new Error(`${name}: ${String(error)}`) })
          await Promise.all(all.tabs.map(tab => tab.welcomed()))
          await moving
        }
      }
    } finally {
      isOver = true
    }
  }
  await Promise.all([publishing, disturbing()])
  await until('a token to be renewed', () => all.tabs.some(({ renewals }) => renewals > 0))
  await world.settle()
}
