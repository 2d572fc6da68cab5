import { aBoolean, aTopic, check, checked, isTextOf, type Rule } from '../shared/check.ts'
import { isActive, type Entity, type Event } from './entity.ts'
import type { InboxFilter } from './types.ts'

/** What the fields of a filter may be. */
const rules: Record<keyof InboxFilter, Rule> = {
  view: ['active, archived or deleted', isTextOf(/^(active|archived|deleted)$/)],
  topic: aTopic,
  type: ['info, success, warning or error', isTextOf(/^(info|success|warning|error)$/)],
  unread: aBoolean(),
  limit: ['a whole number from 1 to 200', value => Number.isInteger(value) && value >= 1 && value <= 200]
}

const ID = /^(?!\.\.?$)[\w.:-]{1,128}$/

/** A filter. Throws a TypeError that says what is wrong with it. */
export const checkedFilter = (filter: InboxFilter = {}): InboxFilter => checked('filter', filter, rules)

/** Throws a TypeError for what cannot be an id. */
export function checkId (id: string): void {
  check(typeof id === 'string' && ID.test(id), `${JSON.stringify(id)?.slice(0, 140)} is not an id.`)
}

/** What makes two filters the same list. */
export function keyOf ({ view = 'active', topic, type, unread }: InboxFilter): string {
  return JSON.stringify([view, topic, type, unread])
}

export function passes (entity: Entity, { view = 'active', topic, type, unread }: InboxFilter): boolean {
  const { item, deleted } = entity
  const isInView = view === 'active' ? isActive(entity) : view === 'deleted' ? deleted : !deleted && item.archived
  return !!isInView && (topic ?? item.data.topic) === item.data.topic && (type ?? item.type) === item.type && unread !== item.read
}

/** Whether a list may get a notification that is not known by an event of it. */
export function mayEnter ({ type, payload }: Event, { view = 'active', unread, type: only }: InboxFilter): boolean {
  switch (type) {
    case 'notification.updated': return only === payload.type
    case 'notification.read': case 'inbox.read_all': return unread === false
    case 'notification.unread': return unread === true
    case 'notification.archived': case 'notification.deleted': return type.endsWith(view)
    case 'notification.unarchived': case 'notification.restored': return view !== 'deleted'
    default: return false
  }
}
