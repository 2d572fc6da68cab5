import { formatCursor } from '../../protocol/cursor.ts'
import { reportFault } from '../events.ts'
import { errorOf, type Answer } from '../shared/answer.ts'
import { queryOf } from '../shared/query.ts'
import { bottomOf, isOutdated, isSure } from './reading.ts'
import { isActive, isUnread } from './entity.ts'
import type { Page, View } from './model.ts'
import type { Store, Task } from './store.ts'

/** The most that a page may have. */
const MOST = 200
/** While a first connection is being made, lists wait for it this long: fetched before it, they are fetched again. */
const PATIENCE = 1000
/** Counts that a frame did not say are asked for within this many milliseconds: many clients got the same frame. */
const SPREAD = 2000
/**
 * No frame tells of topics that are filtered out, nor that unread notifications expire which are not loaded. While a list is
 * looked at, what they may have changed is asked for again after so long, in milliseconds, half as long more or less.
 */
const REFRESH_TOPICS = 60_000
const REFRESH_EXPIRED = 600_000

/** Fetches pages and counts: whatever the replica lacks. */
export interface Loader {
  /** The connection is there, or gone: tries at once what waited for it. */
  onConnection (): void
  /** Fetches the next page of a list, or the first one; resolves when it is there or has failed. */
  next (view: View): Promise<void>
}

export function createLoader (store: Store): Loader {
  const { _replica: replica, core } = store
  /** The counts are fetched as a list is, whose pages have nothing else. */
  const counts = { ...replica._whole }
  const refresh: Task = {}
  let tries = 0

  const fetch = (view: View, isNext?: boolean) => {
    view.status = isNext ? 'fetching_more' : undefined
    view.open = load(view, isNext).catch(reportFault)
    store._touch()
  }

  const load = async (view: View, isNext?: boolean) => {
    const bottom = isNext ? bottomOf(replica, view) : undefined
    const before = bottom && formatCursor(replica.epoch!, bottom)
    // As many as are shown, if a page can have them.
    const limit = isNext ? view.limit : Math.min(MOST, Math.max(view.limit, view.size))
    const request = replica.begin()
    const isList = view !== counts
    const answer = await store.call('GET', isList ? `me${queryOf({ ...view.filter, limit, before })}` : 'me/unread-count')
    const page = answer?.status === 200 && isPage(answer.body, isList) ? answer.body : undefined
    tries = replica.end(request, isList ? view : undefined, bottom, page) ? 0 : tries + 1
    view.open = undefined
    view.status = page ? undefined : 'error'
    if (answer?.retryAfter) view.due = store.now() + answer.retryAfter
    if (answer && !page) reportAnswer(store, answer)
    store._touch()
  }

  store._workers.push(() => {
    const { connection, clock } = core
    const soon = (view: View, delay: number) => {
      if (!view.open && store._isDue(view, Math.max(delay, store._delay(tries)))) fetch(view)
    }
    const used = replica._views.filter(({ _isUsed: isUsed }) => isUsed)
    const isLive = used.length > 0 && connection === 'connected' && !replica.replay
    if (isLive && !counts.open && store._isDue(refresh, (core.isFiltered ? REFRESH_TOPICS : REFRESH_EXPIRED) * (0.5 + clock.random()))) {
      const known = [...replica._entities.values()]
      const { unread, unseen } = replica._counts
      if (core.isFiltered) replica._distrust()
      // What is unseen is the newest: it is loaded with the list of everything.
      else if (unread > known.filter(isUnread).length || unseen > (isOutdated(replica, replica._whole) ? 0 : known.filter(isActive).length)) fetch(counts)
    }
    const outdated = used.filter(view => isOutdated(replica, view))
    for (const view of outdated) {
      // One that failed waits for the connection.
      if (connection === 'connected' || !view.status) soon(view, connection === 'connecting' ? PATIENCE : clock.random() * replica._spread)
    }
    if (outdated.length > 0) return
    replica._spread = 0
    // Counts come with pages, and so does the server's time; where none is on its way, they are asked for.
    if (isLive && !isSure(replica)) {
      soon(counts, replica._isTimed ? Math.max(clock.random() * SPREAD, replica._counts._expired + SPREAD - store.now()) : 0)
    }
  })

  return {
    onConnection () {
      tries = 0
      for (const view of [counts, ...replica._views]) view.due = view.status = undefined
    },
    async next (view) {
      const isNext = !isOutdated(replica, view)
      view._isUsed = true
      if (!view.open && !(isNext && bottomOf(replica, view) === 0)) fetch(view, isNext)
      await view.open
    }
  }
}

/** Whether this is an answer with the counts, and with a page of a list. */
export function isPage (body: any, isList: boolean): body is Page {
  return [body?.unread_count, body?.unseen_count].every(Number.isInteger) && typeof body.cursor === 'string' &&
    (!isList || (Array.isArray(body.items) && body.items.every((item: any) => [item?.id, item?.cursor].every(text => typeof text === 'string') && item.data)))
}

/** Says of an answer that it is not the expected one. */
export function reportAnswer ({ core }: Store, answer: Answer): void {
  const { code, message } = errorOf(answer)
  core.report({ code, reason: message })
}
