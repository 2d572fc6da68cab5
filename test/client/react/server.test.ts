import { createElement } from 'react'
import { renderToString } from 'react-dom/server'
import { test } from 'tap'
import { BelfryProvider, useBelfry, useInbox, type BelfryClient } from '../../../src/client/react.ts'
import { World } from '../inbox/world.ts'

async function client (): Promise<BelfryClient> {
  const world = new World({ saysUnseen: true })
  world.server.notify()
  const { inboxes } = await world.open([{}])
  return { state: 'connected', on: () => () => {}, inbox: filter => inboxes.inbox(filter) }
}

function Bell () {
  const { state } = useBelfry()
  const { unreadCount, networkStatus, items } = useInbox({ topic: 'orders' })
  return createElement('p', null, `${state}, ${unreadCount} unread, ${items.length} items, ${networkStatus}`)
}

test('a server renders an inbox that is empty and loading, whatever the client knows', async t => {
  const html = renderToString(createElement(BelfryProvider, { client: await client() }, createElement(Bell)))
  t.equal(html, '<p>disconnected, 0 unread, 0 items, loading</p>')
})

test('without a client, the hooks say what is missing', async t => {
  t.throws(() => renderToString(createElement(Bell)), /BelfryProvider/)
})

test('the client can be passed to the hooks', async t => {
  const own = await client()
  function Badge () {
    const { client: found } = useBelfry(own)
    return createElement('i', null, String(found === own && useInbox({}, own).stale))
  }
  t.equal(renderToString(createElement(Badge)), '<i>true</i>')
})
