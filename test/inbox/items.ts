import type { InboxItem, InboxSnapshot } from '../../src/client/index.ts'

/** The item with this number in the log. */
export function itemOf (seq: number, fields: Partial<InboxItem> = {}): InboxItem {
  return { id: `n${seq}`, title: `Title ${seq}`, message: 'Text', type: 'info', created_at: '2026-03-10T12:00:00.000Z', read: false, cursor: `abcdefgh.${seq.toString(36)}`, data: {}, ...fields }
}

/** Items from a number down to another, newest first. */
export function itemsFrom (from: number, to: number): InboxItem[] {
  return Array.from({ length: from - to + 1 }, (_, index) => itemOf(from - index))
}

export function snapshotOf (items: InboxItem[], fields: Partial<InboxSnapshot> = {}): InboxSnapshot {
  return { items, unreadCount: 0, unseenCount: 0, hasMore: false, networkStatus: 'ready', connection: 'connected', stale: false, ...fields }
}

export const idsOf = (items: readonly InboxItem[]) => items.map(({ id }) => id).join(' ')
