import type { Belfry, Inbox, InboxItem, InboxSnapshot } from '../../../src/client/index.ts'
import type * as client from '../../../src/client/index.ts'
import type * as storage from '../../../src/client/storage.ts'

/** What a page tells the test, in its order. What an inbox shows is told by number, and each item once. */
export type Told =
  | { frame: { type: string } }
  | { end: number }
  | { error: string }
  | { transport: string }
  | { shown: Omit<InboxSnapshot, 'items'>, items: number[], fresh: [number, InboxItem][] }

declare global {
  /** What a page of the test keeps. */
  var belfry: { client: Belfry, inbox: Inbox }
  /** What the test gives to a page. */
  var tell: (told: Told) => Promise<void>
  var nextToken: () => Promise<string>
}

/** Runs in a page: a client with all it has, as an application has it, that tells what it hears and shows. */
export async function openClient ({ token, types }: { token: string, types: string[] }): Promise<void> {
  const { Belfry, indexedDb } = await (import('/client/belfry.js' as string) as Promise<typeof client & typeof storage>)
  const belfry = new Belfry('/', { token, getToken: () => nextToken(), storage: indexedDb(), minReconnectDelay: 20, maxReconnectDelay: 200 })
  const say = (told: Told) => { tell(told).catch(() => {}) }
  for (const type of types) belfry.on(type as 'notification', frame => say({ frame }))
  belfry.on('connecting', ({ code }) => say({ end: code }))
  belfry.on('connected', ({ transport }) => say({ transport }))
  belfry.on('disconnected', ({ code, reason }) => say({ error: `gave up: ${reason} (${code})` }))
  belfry.on('error', ({ code, reason }) => say({ error: `${code}: ${reason}` }))
  const inbox = belfry.inbox({ limit: 200 })
  const numbers = new WeakMap<object, number>()
  let count = 0
  const show = () => {
    const { items, ...shown } = inbox.getSnapshot()
    const fresh: [number, InboxItem][] = []
    for (const item of items) {
      if (numbers.has(item)) continue
      numbers.set(item, count)
      fresh.push([count++, item])
    }
    say({ shown, items: items.map(item => numbers.get(item)!), fresh })
  }
  inbox.subscribe(show)
  globalThis.belfry = { client: belfry, inbox }
  belfry.connect()
  await belfry.ready()
  show()
}
