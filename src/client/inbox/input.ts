import { check, TOPIC } from '../shared/check.ts'
import type { InboxFilter } from './types.ts'

const ID = /^[A-Za-z0-9._:-]{1,128}$/
const VIEWS = ['active', 'archived', 'deleted']
const TYPES = ['info', 'success', 'warning', 'error']
const FIELDS = ['view', 'topic', 'type', 'unread', 'limit']

/** A filter without the fields that are undefined. Throws a TypeError that says what is wrong with it. */
export function checkedFilter (filter: InboxFilter = {}): InboxFilter {
  check(typeof filter === 'object' && filter !== null, 'inbox() takes an object, such as { topic: "orders" }.')
  const fields = Object.entries(filter).filter(([, value]) => value !== undefined)
  for (const [name] of fields) check(FIELDS.includes(name), `inbox() does not filter by "${name}": it takes ${FIELDS.join(', ')}.`)
  const { view, topic, type, unread, limit } = filter
  check(view === undefined || VIEWS.includes(view), `view must be one of ${VIEWS.join(', ')}.`)
  check(type === undefined || TYPES.includes(type), `type must be one of ${TYPES.join(', ')}.`)
  check(topic === undefined || (typeof topic === 'string' && TOPIC.test(topic)), 'topic must have 1 to 64 letters, digits, "_", "." or "-".')
  check(unread === undefined || typeof unread === 'boolean', 'unread must be true or false.')
  check(limit === undefined || (Number.isInteger(limit) && limit >= 1 && limit <= 200), 'limit must be a whole number from 1 to 200.')
  return Object.fromEntries(fields)
}

/** A list of ids, each once. Throws a TypeError if one cannot be an id. */
export function checkedIds (ids: string | readonly string[]): string[] {
  const list = typeof ids === 'string' ? [ids] : ids
  check(Array.isArray(list), 'Marks take the id of a notification, or a list of ids.')
  for (const id of list) check(typeof id === 'string' && ID.test(id) && id !== '.' && id !== '..', `${JSON.stringify(id)?.slice(0, 140)} is not the id of a notification.`)
  return [...new Set(list)]
}

/** Throws a TypeError for what cannot be the id of an action. */
export function checkedActionId (action: string): void {
  check(typeof action === 'string' && ID.test(action) && action !== '.' && action !== '..', `${JSON.stringify(action)?.slice(0, 140)} is not the id of an action.`)
}
