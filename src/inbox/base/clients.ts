import { Belfry, webSocket } from '@belfry/client'
import { sse } from '@belfry/client/sse'
import { storedDevice } from '@belfry/client/storage'

/** What the elements use of a client: one of `@belfry/client`, whichever copy of it. One without `core` has no preferences to show. */
export type BelfryClient = Pick<Belfry, 'inbox' | 'on' | 'connect' | 'state'> & Partial<Pick<Belfry, 'core'>>

/** Gets an access token, or null if nobody is logged in. See `BelfryOptions.getToken`. */
export type GetToken = () => string | null | undefined | Promise<string | null | undefined>

/** An element that wants a client of its address. */
export interface Tenant { getToken?: GetToken | undefined }

interface Shared { client: Belfry, tenants: Set<Tenant> }

/** The clients that elements made, by the address of the server: elements of one address share one. */
const clients = new Map<string, Shared>()

/** The client of an address, connected. Throws a TypeError for what is no address of a server. */
export function openClient (url: string, tenant: Tenant): BelfryClient {
  const key = new URL(url, document.baseURI).href
  const shared = clients.get(key) ?? create(url)
  clients.set(key, shared)
  shared.tenants.add(tenant)
  shared.client.connect()
  return shared.client
}

/** Gives a client back. When nobody has it any more, it disconnects. */
export function closeClient (client: BelfryClient, tenant: Tenant): void {
  for (const [key, shared] of clients) {
    if (shared.client !== client || !shared.tenants.delete(tenant)) continue
    // An element that is moved leaves the page and comes back at once.
    queueMicrotask(() => {
      if (shared.tenants.size > 0 || clients.get(key) !== shared) return
      clients.delete(key)
      shared.client.disconnect()
    })
  }
}

function create (url: string): Shared {
  const tenants = new Set<Tenant>()
  const getToken = async () => await [...tenants].find(tenant => tenant.getToken)?.getToken?.()
  // A mark is sent also if the link that was clicked leads away.
  const fetch: typeof globalThis.fetch = async (input, init) => await globalThis.fetch(input, { ...init, keepalive: init?.method === 'POST' })
  return { tenants, client: new Belfry(url, { getToken, fetch, device: storedDevice(), transports: [webSocket, sse] }) }
}
