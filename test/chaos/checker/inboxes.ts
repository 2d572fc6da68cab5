import type { Report } from '../checker.ts'
import type { Inbox, Journal } from '../journal.ts'
import { unreadOf } from './read-state.ts'
import { newestOf, placeOf, titlesOf, type Truth } from './truth.ts'

/** Every inbox holds what was acknowledged for its user, once, newest first, and nothing else. */
export function checkInboxes (journal: Journal, truth: Truth, report: Report): void {
  for (const inbox of journal.inboxes) {
    checkItems(inbox, truth, report)
    if (inbox.view !== 'active') continue
    const present = new Set(inbox.items.map(({ id }) => id))
    const hidden = journal.hidden.get(inbox.user)
    for (const { publication, revision, origin } of truth.expected(inbox.user)) {
      const { id, lateJoiners } = publication
      const isOfInbox = truth.belonging.mustHave(inbox.user, publication, lateJoiners ? Infinity : origin, Infinity, origin)
      if (revision === 1 && isOfInbox && !present.has(id) && !truth.recalled.has(id) && !hidden?.has(id)) report('lost', `${id} is not in the inbox of ${inbox.user}`)
    }
    const unread = unreadOf(inbox.items)
    if (unread !== inbox.unread) report('miscounted', `the inbox of ${inbox.user} says ${inbox.unread} are unread, ${unread} are`)
  }
}

function checkItems ({ user, items }: Inbox, truth: Truth, report: Report): void {
  let last = Infinity
  for (const { id, cursor, title, revision = 1, replaces } of items) {
    const seq = placeOf(cursor)
    if (seq === last) report('doubled', `${id} is twice in the inbox of ${user}`)
    else if (seq > last) report('misordered', `${id} is out of place in the inbox of ${user}`)
    last = seq
    const known = truth.byId.get(id)
    if (!known) {
      if (!truth.open.has(id)) report('phantom', `${id} is in the inbox of ${user}, but nobody was told that it is published`)
      continue
    }
    const { publication } = known
    if (!truth.belonging.mayHave(user, publication, seq, Infinity)) report('leaked', `${id} is in the inbox of ${user}, meant for ${JSON.stringify(publication.audience)}`)
    if (truth.chains.replaced.has(id)) report('unreplaced', `${id} was replaced and is in the inbox of ${user}`)
    else if (truth.recalled.get(id)) report('diverged', `${id} was recalled and is in the inbox of ${user}`)
    if (!truth.chains.mayReplace(id, replaces)) report('unreplaced', `${id} is in the inbox of ${user} and replaces ${replaces ?? 'nothing'}`)
    const newest = newestOf(publication)
    if (revision < newest) report('stale', `${id} is in the inbox of ${user} as revision ${revision}, not ${newest}`)
    if (!titlesOf(publication, revision).includes(title)) report('altered', `${id} is in the inbox of ${user}, revision ${revision}, as ${title}`)
    if (seq !== known.seq) report('forked', `${id} is in the inbox of ${user} at ${cursor}, acknowledged at ${known.seq.toString(36)}`)
  }
}
