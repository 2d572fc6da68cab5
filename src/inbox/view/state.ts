import type { InboxSnapshot } from '@belfry/client'

/** What stands in the place of the list: itself, or why there is none. */
export type Body = 'loading' | 'signed-out' | 'error' | 'empty' | 'list'

type Known = Pick<InboxSnapshot, 'networkStatus' | 'connection' | 'hasMore' | 'stale'>

/** What to show for a snapshot of which `shown` items are to be shown. `wasConnected`: it was connected, or tried to. */
export function bodyOf ({ networkStatus, connection, hasMore }: Known, shown: number, wasConnected: boolean): Body {
  if (shown > 0) return 'list'
  if (connection === 'disconnected' && wasConnected) return 'signed-out'
  if (networkStatus === 'error') return 'error'
  // A page may have nothing of the topics that are shown: the next one is fetched.
  return networkStatus === 'ready' && !hasMore ? 'empty' : 'loading'
}

/** What a line above the list says. */
export type Banner = 'offline' | 'signed-out' | 'catching-up' | undefined

export function bannerOf ({ connection, stale }: Known, body: Body, wasConnected: boolean): Banner {
  if (body !== 'list') return undefined
  if (connection === 'disconnected' && wasConnected) return 'signed-out'
  if (connection !== 'connected') return 'offline'
  return stale ? 'catching-up' : undefined
}

/** What stands below the list. */
export type Foot = 'loading' | 'error' | 'more' | 'end'

export function footOf ({ networkStatus, hasMore }: Known): Foot {
  if (networkStatus === 'fetching_more') return 'loading'
  if (networkStatus === 'error') return 'error'
  return hasMore ? 'more' : 'end'
}
