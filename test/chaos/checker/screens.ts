import type { Report } from '../checker.ts'
import type { ConnectionLog, Inbox, Journal, Screen, ShownItem, SubscriberLog, View, Wish } from '../journal.ts'
import { countNeverHad, unreadOf } from './read-state.ts'
import { placeOf, titlesOf, type Truth } from './truth.ts'

/** Whatever the inbox of a client showed was true when it showed it, and at the end it is what REST says. How many screens there were. */
export function checkScreens (journal: Journal, truth: Truth, report: Report): number {
  let count = 0
  for (const subscriber of journal.subscribers) {
    const { screens, user, name, hasLeft } = subscriber
    if (!screens) continue
    count += screens.length
    walkScreens(subscriber, screens, truth, once(report))
    const inboxes = journal.inboxes.filter(inbox => inbox.user === user)
    const active = inboxes.find(({ view }) => view === 'active')
    if (!active) continue
    checkWishes(subscriber, inboxes, report)
    if (!hasLeft) compare(name, screens.at(-1), active, report)
  }
  return count
}

/** A fault stays on the screen: it is told of once. */
function once (report: Report): Report {
  const told = new Set<string>()
  return (kind, detail) => {
    if (!told.has(detail)) report(kind, detail)
    told.add(detail)
  }
}

function walkScreens ({ name, user, connections }: SubscriberLog, screens: Screen[], truth: Truth, report: Report): void {
  const known = new Map<string, ShownItem>()
  const isAhead = countsOf(connections)
  for (const { items, unread, unseen, isCurrent, hasMore, cursor } of screens) {
    const ids = new Set<string>()
    let last = Infinity
    for (const item of items) {
      const { id } = item
      const seq = placeOf(item.cursor)
      if (ids.has(id)) report('doubled', `${name} shows ${id} twice`)
      else if (seq >= last) report('misordered', `${name} shows ${id} out of place`)
      ids.add(id)
      last = seq
      const before = known.get(id)
      if (before === item) continue
      if (before && revisionOf(item) < revisionOf(before)) report('stale', `${name} shows revision ${revisionOf(item)} of ${id} after revision ${revisionOf(before)}`)
      known.set(id, item)
      checkItem(name, user, item, truth, report)
    }
    if (unread < 0 || unseen < 0) report('miscounted', `${name} shows ${unread} unread, ${unseen} unseen`)
    if (!isCurrent || hasMore || cursor === undefined) continue
    const having = unreadOf(items)
    if (unread === having || isAhead(placeOf(cursor), unread - having)) continue
    const { early, gone } = movedFrom(items, user, placeOf(cursor), truth)
    if (unread < having - early || unread > having + gone + countNeverHad(ids, placeOf(cursor), connections)) report('miscounted', `${name} shows ${unread} unread at ${cursor}, having ${having}`)
  }
}

/** How many events a count that was asked for may be ahead of. */
const AHEAD = 100

/**
 * The answer to a request for the counts may be of a later place than the events that have come. Whether the events that
 * follow one place explain that the count differs by so much from the list. What a recall does they do not say.
 */
function countsOf (connections: ConnectionLog[]): (place: number, by: number) => boolean {
  const counts: { seq: number, unread: number }[] = []
  let unread = NaN
  let welcomed = NaN
  for (const frame of connections.flatMap(({ frames }) => frames)) {
    // The count of a welcome is of where its replay ends.
    if (frame.type === 'welcome') welcomed = frame.unread ?? NaN
    if (frame.type === 'caught_up' || (frame.type === 'welcome' && frame.resume === 'none')) unread = welcomed
    // What comes twice is judged elsewhere.
    if (frame.cursor === undefined || placeOf(frame.cursor) < (counts.at(-1)?.seq ?? 0)) continue
    if (frame.type === 'notification') unread += 1
    else if (frame.type !== 'welcome') unread = frame.unread ?? (/recalled|changed|gap/.test(frame.type) ? NaN : unread)
    counts.push({ seq: placeOf(frame.cursor), unread })
  }
  return (place, by) => {
    const at = counts.findLastIndex(({ seq }) => seq <= place)
    const now = counts[at]?.unread ?? NaN
    return Number.isNaN(now) || counts.slice(at + 1, at + 1 + AHEAD).some(({ unread }) => Number.isNaN(unread) || unread - now === by)
  }
}

/**
 * A replay is of who somebody is when it is read, a count of who they were at its place, which may be a later one. Of what is shown as
 * unread: `early`, how many they may not have at the place of the count, as they join the audience only after it, or leave it before;
 * `gone`, how many are not shown that they may have had there, and left later.
 */
function movedFrom (items: readonly ShownItem[], user: string, place: number, { byId, belonging }: Truth): { early: number, gone: number } {
  const shown = new Map(items.map(item => [item.id, item]))
  let early = 0
  let gone = 0
  for (const [id, { publication, seq }] of byId) {
    const item = shown.get(id)
    const from = publication.lateJoiners ? place : seq
    if (item) early += !item.read && [place, place + AHEAD].some(until => !belonging.mustHave(user, publication, from, until, seq)) ? 1 : 0
    else if (seq <= place && belonging.mayHaveHad(user, publication, seq) && !belonging.mustHave(user, publication, place, Infinity, seq)) gone += 1
  }
  return { early, gone }
}

/** What is shown must have been published, as it is, and for this user. */
function checkItem (name: string, user: string, { id, title, ...item }: ShownItem, truth: Truth, report: Report): void {
  const known = truth.byId.get(id)
  if (!known) {
    if (!truth.open.has(id)) report('phantom', `${name} shows ${id}, which nobody was told is published`)
    return
  }
  const { publication, seq } = known
  if (!truth.belonging.mayHaveHad(user, publication, seq)) report('leaked', `${name} shows ${id}, meant for ${JSON.stringify(publication.audience)}`)
  const titles = titlesOf(publication, revisionOf(item))
  if (titles.length === 0) report('phantom', `${name} shows ${id}, revision ${revisionOf(item)}, which nobody asked for`)
  else if (!titles.includes(title)) report('altered', `${name} shows ${id}, revision ${revisionOf(item)}, as ${title}`)
}

/** The last screen is the inbox as REST has it, from the oldest that was fetched on. */
function compare (name: string, screen: Screen | undefined, inbox: Inbox, report: Report): void {
  if (!screen?.isCurrent) return report('lost', `${name} does not show its whole inbox at the end`)
  const bottom = screen.hasMore ? placeOf(screen.items.at(-1)!.cursor) : -1
  const left = new Map(screen.items.map(item => [item.id, item]))
  let isSame = true
  const differs = (detail: string) => {
    isSame = false
    report('diverged', detail)
  }
  for (const item of inbox.items) {
    if (placeOf(item.cursor) < bottom) break
    const shown = left.get(item.id)
    left.delete(item.id)
    if (!shown) differs(`${name} does not show ${item.id}, REST does`)
    else if (revisionOf(shown) !== revisionOf(item)) report('stale', `${name} shows revision ${revisionOf(shown)} of ${item.id}, REST ${revisionOf(item)}`)
    else if (lookOf(shown) !== lookOf(item)) differs(`${name} shows ${item.id} as ${lookOf(shown)}, REST as ${lookOf(item)}`)
  }
  for (const id of left.keys()) differs(`${name} still shows ${id}, REST does not`)
  // Counts of what differs do.
  if (isSame && (screen.unread !== inbox.unread || screen.unseen !== inbox.unseen)) {
    report('miscounted', `${name} shows ${screen.unread} unread and ${screen.unseen} unseen, REST ${inbox.unread} and ${inbox.unseen}`)
  }
}

/** What a client did, and what it took back, is so. */
function checkWishes ({ name, wishes = [] }: SubscriberLog, inboxes: Inbox[], report: Report): void {
  for (const { id, verb, isDone } of wishes) if (!isDone) report('refused', `${name} could not make ${id} ${verb}`)
  for (const [id, wanted] of viewsOf(wishes)) {
    const { view } = inboxes.find(({ items }) => items.some(item => item.id === id)) ?? {}
    if (view !== wanted) report('diverged', `${name} made ${id} ${wanted}, REST has it as ${view ?? 'nothing'}`)
  }
}

/** Where everything is that a client moved; each `undo` takes back one of them. */
function viewsOf (wishes: Wish[]): Map<string, View> {
  const states = new Map<string, { archived: boolean, deleted: boolean }[]>()
  for (const { id, verb } of wishes) {
    const history = states.get(id) ?? [{ archived: false, deleted: false }]
    states.set(id, history)
    const { archived, deleted } = history.at(-1)!
    switch (verb) {
      case 'archived': case 'unarchived': history.push({ archived: verb === 'archived', deleted }); break
      case 'deleted': case 'restored': history.push({ archived, deleted: verb === 'deleted' }); break
      case 'undo': history.pop()
    }
  }
  return new Map([...states].map(([id, history]) => {
    const { archived, deleted } = history.at(-1)!
    return [id, deleted ? 'deleted' : archived ? 'archived' : 'active']
  }))
}

const revisionOf = ({ revision = 1 }: Pick<ShownItem, 'revision'>) => revision
const lookOf = ({ read, acted }: Pick<ShownItem, 'read' | 'acted'>) => `${read ? 'read' : 'unread'}${acted ? `, ${acted.action} at ${acted.at}` : ''}`
