import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import tap, { test } from 'tap'
import type { BelfryClient } from '../../../src/client/react.ts'
import { folder } from '../../folder.ts'
import { World } from '../inbox/world.ts'
import { bundle, reacts } from './reacts.ts'

const home = folder(tap)

/** What a server has of one React. */
async function load (version: string, alias: Record<string, string>): Promise<typeof import('./kit.ts')> {
  const file = join(home, `react-${version}.cjs`)
  writeFileSync(file, await bundle('kit.ts', alias, { format: 'cjs', platform: 'node' }))
  return createRequire(import.meta.url)(file)
}

async function client (): Promise<BelfryClient> {
  const world = new World({ saysUnseen: true })
  world.server.notify()
  const { inboxes } = await world.open([{}])
  return { state: 'connected', on: () => () => {}, inbox: filter => inboxes.inbox(filter) }
}

const kits = await Promise.all(Object.entries(reacts).map(async ([major, alias]) => ({ major, ...await load(major, alias) })))

for (const { major, version, createElement, renderToString, BelfryProvider, useBelfry, useInbox } of kits) {
  const Bell = () => {
    const { state } = useBelfry()
    const { unreadCount, networkStatus, items } = useInbox({ topic: 'orders' })
    return createElement('p', null, `${state}, ${unreadCount} unread, ${items.length} items, ${networkStatus}`)
  }

  test(`React ${major}: a server renders an inbox that is empty and loading, whatever the client knows`, async t => {
    t.match(version, new RegExp(`^${major}\\.`))
    const html = renderToString(createElement(BelfryProvider, { client: await client() }, createElement(Bell)))
    t.equal(html, '<p>disconnected, 0 unread, 0 items, loading</p>')
  })

  test(`React ${major}: without a client, the hooks say what is missing`, async t => {
    t.throws(() => renderToString(createElement(Bell)), /BelfryProvider/)
  })

  test(`React ${major}: the client can be passed to the hooks`, async t => {
    const own = await client()
    const Badge = () => {
      const { client: found } = useBelfry(own)
      return createElement('i', null, String(found === own && useInbox({}, own).stale))
    }
    t.equal(renderToString(createElement(Badge)), '<i>true</i>')
  })
}
