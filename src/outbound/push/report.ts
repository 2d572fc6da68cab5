import { PUSH_READER } from '../../log/readers.ts'
import type { Store } from '../../store/store.ts'
import { unsent, type Reporter } from '../channels/report.ts'

/** What push did with a notification. `behindMs`: how long it waits for it to be got. */
export function pushReporter (store: Pick<Store, 'pushState' | 'reader'>, behindMs: number): Reporter {
  return async (userId, { isRead, joined, verdict, ...subject }) => {
    // First of all: what it has passed by then, it has written down.
    const hasPassed = ((await store.reader(PUSH_READER))?.seq ?? 0) >= subject.seq
    const known = await store.pushState(userId, subject.seq)
    if (known.shownAt !== null) return { state: 'sent', at: known.sentAt ?? known.shownAt }
    if (known.nextAt !== null && !isRead) return { state: 'waiting', at: known.nextAt }
    if (known.sentAt !== null) return { state: 'sent', at: known.sentAt }
    if (known.failedAt !== null) return { state: 'failed', at: known.failedAt }
    if (verdict.is === 'never') return unsent(verdict)
    if (isRead) return { state: 'not_needed', at: null }
    const dueAt = subject.at + behindMs
    if (known.subscribedAt === null) return { state: 'no_address', at: null }
    if (known.heldUntil !== null) return { state: 'quiet', at: known.heldUntil }
    if (!hasPassed) return verdict.is === 'quiet' ? { state: 'quiet', at: verdict.until } : { state: 'waiting', at: dueAt }
    if (joined && joined.at > dueAt) return { state: 'joined_later', at: null }
    return { state: known.subscribedAt > dueAt ? 'no_address' : 'not_needed', at: null }
  }
}
