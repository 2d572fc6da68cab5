import { createContext, createElement, useCallback, useContext, useSyncExternalStore, type ReactElement, type ReactNode } from 'react'
import type { Inbox, InboxFilter, InboxSnapshot } from './inbox/index.ts'

export type { Inbox, InboxFilter, InboxItem, InboxSnapshot, NetworkStatus } from './inbox/index.ts'

/** The part of a `Belfry` client that the hooks use. */
export interface BelfryClient {
  readonly state: 'disconnected' | 'connecting' | 'connected'
  on (event: 'state', listener: () => void): () => void
  inbox (filter?: InboxFilter): Inbox
}

const Context = createContext<BelfryClient | null>(null)

/** Gives a client to the components below. It neither connects nor disconnects it. */
export function BelfryProvider ({ client, children }: { client: BelfryClient, children?: ReactNode }): ReactElement {
  return createElement(Context.Provider, { value: client }, children)
}

function useClient (given: BelfryClient | undefined): BelfryClient {
  const provided = useContext(Context)
  const client = given ?? provided
  if (!client) throw new Error('There is no Belfry client: put the component into a <BelfryProvider client={…}>, or pass the client to the hook.')
  return client
}

/**
 * The client of the `BelfryProvider`, or the one that is passed, and whether it is connected: the component is rendered
 * again when that changes. Throws an Error without a client.
 */
export function useBelfry<C extends BelfryClient = BelfryClient> (client?: C): { client: C, state: BelfryClient['state'] } {
  const found = useClient(client) as C
  const subscribe = useCallback((listener: () => void) => found.on('state', listener), [found])
  const state = useSyncExternalStore(subscribe, () => found.state, (): BelfryClient['state'] => 'disconnected')
  return { client: found, state }
}

/** What `useInbox` returns: the snapshot, and what can be done with it. */
export type UseInbox = InboxSnapshot & Omit<Inbox, 'getSnapshot' | 'getServerSnapshot' | 'subscribe'>

/**
 * An inbox that follows the server: the component is rendered again whenever it changes. The filter may be written in
 * place: equal filters are one list, which all components share. Throws a TypeError for a filter that is none, and an
 * Error without a client.
 */
export function useInbox (filter?: InboxFilter, client?: BelfryClient): UseInbox {
  const inbox = useClient(client).inbox(filter)
  const snapshot = useSyncExternalStore(inbox.subscribe, inbox.getSnapshot, inbox.getServerSnapshot)
  const { fetchNextPage, markAsRead, markAsUnread, markAllAsRead, markAsSeen, archive, unarchive, restore, act, acknowledge, undo } = inbox
  return { ...snapshot, fetchNextPage, markAsRead, markAsUnread, markAllAsRead, markAsSeen, archive, unarchive, delete: inbox.delete, restore, act, acknowledge, undo }
}
