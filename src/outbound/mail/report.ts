import { MAIL_READER } from '../../log/readers.ts'
import type { Store } from '../../store/store.ts'
import { unsent, type Reporter } from '../channels/report.ts'

/** What mail did with a notification. `behindMs`: how long it waits for it to be read. */
export function mailReporter (store: Pick<Store, 'mailState' | 'reader'>, behindMs: number): Reporter {
  return async (userId, { isRead, joined, verdict, ...subject }) => {
    const known = await store.mailState(userId, subject.seq, joined?.seq)
    if (known?.mailed) return known.mailed
    if (!known || known.email === null) return { state: 'no_address', at: null }
    if (verdict.is === 'never') return unsent(verdict)
    if (isRead) return { state: 'not_needed', at: null }
    const kind = verdict.is === 'digest' ? 'digest' : 'now'
    const waiting = known.waiting.find(mail => mail.kind === kind) ?? known.waiting[0]
    const dueAt = subject.at + behindMs
    if (!waiting && ((await store.reader(MAIL_READER))?.seq ?? 0) >= subject.seq) return { state: joined && joined.at > dueAt ? 'joined_later' : 'not_needed', at: null }
    if (verdict.is === 'now') return { state: 'waiting', at: waiting?.at ?? dueAt }
    return { state: verdict.is, at: verdict.is === 'quiet' ? verdict.until : verdict.at }
  }
}
