import type { Test } from 'tap'
import type { BelfryOptions } from '../../../src/client/options.ts'
import { Browser } from '../world/browser.ts'
import { me } from '../world/server.ts'
import { cursor, journal, World } from '../world/world.ts'

/** A browser with as many tabs of one user, the first of which leads, connected. */
export async function begin (t: Test, count: number, options: BelfryOptions = {}) {
  const world = new World()
  const browser = new Browser(world)
  world.server.answer = () => me
  const open = (more: BelfryOptions = {}) => {
    const tab = browser.tab()
    const client = world.client(t, { ...options, ...more }, tab.platform)
    const told = journal(client, 'notification', 'gap')
    client.connect()
    return { tab, client, told, seen: () => told.filter(line => /^(notification|gap)/.test(line)) }
  }
  const tabs = [open()]
  ;(await world.server.socket()).welcome(cursor(1))
  for (let index = 1; index < count; index++) tabs.push(open())
  await world.clock.pass(0)
  return { ...world, world, browser, open, tabs }
}
