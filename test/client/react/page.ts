import { createElement, Fragment, StrictMode, version } from 'react'
import { createRoot } from 'react-dom/client'
import { Belfry } from '../../../src/client/index.ts'
import { BelfryProvider, useBelfry, useInbox } from '../../../src/client/react.ts'
import { indexedDb } from '../../../src/client/storage.ts'

/** What the page of the test shows: the bell and the list of an inbox. */
function App () {
  const { state } = useBelfry()
  const { items, unreadCount, markAsRead, stale } = useInbox({ topic: 'orders' })
  const rows = items.map(({ id, title, read }) => createElement('li', { key: id, className: read ? 'read' : 'unread', onClick: () => markAsRead(id) }, title))
  return createElement(Fragment, null, createElement('b', null, `${state} ${unreadCount}${stale ? ' stale' : ''}`), createElement('ul', null, rows))
}

/** Begins with a token. `logout` and `version` are for the test. */
Object.assign(globalThis, {
  version,
  start (token: string) {
    const client = new Belfry('/', { token, storage: indexedDb() })
    const { document } = globalThis as unknown as { document: { querySelector (selector: string): Parameters<typeof createRoot>[0] } }
    createRoot(document.querySelector('main')).render(createElement(StrictMode, null, createElement(BelfryProvider, { client }, createElement(App))))
    client.connect()
    Object.assign(globalThis, { logout: async () => await client.logout() })
  }
})
