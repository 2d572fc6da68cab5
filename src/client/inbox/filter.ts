import { check, fieldsOf } from '../shared/check.ts'
import { isActive, type Entity, type Event } from './entity.ts'
import type { InboxFilter } from './types.ts'

/** What the fields of a filter may be: as JSON, and in words. */
const FIELDS: Record<keyof InboxFilter, [RegExp, string]> = {
  view: [/^"(active|archived|deleted)"$/, 'one of active, archived, deleted'],
  topic: [/^"[\w.-]{1,64}"$/, '1 to 64 letters, digits, "_", "." or "-"'],
  type: [/^"(info|success|warning|error)"$/, 'one of info, success, warning, error'],
  unread: [/^(true|false)$/, 'true or false'],
  limit: [/^([1-9]\d?|1\d\d|200)$/, 'a whole number from 1 to 200']
}

const ID = /^(?!\.\.?$)[\w.:-]{1,128}$/

/** A filter without the fields that are undefined. Throws a TypeError that says what is wrong with it. */
export function checkedFilter (filter: InboxFilter = {}): InboxFilter {
  const given = fieldsOf('filter', filter, Object.keys(FIELDS)).filter(([, value]) => value !== undefined)
  for (const [name, value] of given) {
    const [shape, words] = FIELDS[name as keyof InboxFilter]
    check(shape.test(JSON.stringify(value)), `${name} must be ${words}.`)
  }
  return Object.fromEntries(given)
}

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
