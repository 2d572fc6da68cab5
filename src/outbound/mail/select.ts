import { settingsOf } from '../../preferences/effective.ts'
import type { MailJob } from '../../store/contract/mail.ts'
import type { InboxEntry, Store } from '../../store/store.ts'
import { quietEnd, verdictOf } from '../channels/channels.ts'

/** A notification as a mail shows it. */
export interface Selected {
  seq: number
  title: string
  message: string
  type: string
  topic: string | null
  url: string | undefined
  createdAt: string
}

export interface Selection {
  /** The newest first. */
  items: Selected[]
  /** Places of what the mail does not show, but counts. */
  counted: number[]
  /** Until when quiet hours hold back what else there is, milliseconds since 1970; null if they hold back nothing. */
  heldUntil: number | null
  /** Of what is for the day's mail after all: the first of it, and when that is due, milliseconds since 1970. */
  digest: { seq: number, at: number } | null
  /** In which the user reads times. */
  timezone: string
}

const PAGE = 100
/** How many a mail shows. */
export const MAX_SHOWN = 25

type Reads = Pick<Store, 'inboxEntries' | 'mailedOf' | 'lateArrivals' | 'preferences'>

/** What is to be in a mail: read from the user's inbox as it is now, so that nobody is mailed what they may not see any more, or have read. Undefined if there is no such user. */
export async function select (store: Reads, { userId, kind, after, upTo }: MailJob, now: number): Promise<Selection | undefined> {
  const preferences = await store.preferences(userId)
  if (!preferences) return undefined
  const { own, operator, company } = preferences
  const selection: Selection = { items: [], counted: [], heldUntil: null, digest: null, timezone: own.quiet_hours?.timezone ?? 'UTC' }
  const quiet = quietEnd(own, now)
  for await (const { entry, came, notification } of unmailed(store, userId, after, upTo)) {
    const topic = notification.data?.topic ?? null
    const settings = { own, operator: settingsOf(operator, topic), company: settingsOf(company, topic), wasMuted: false }
    const verdict = verdictOf('mail', settings, { topic, urgency: notification.urgency }, now)
    if (verdict.is === 'never') continue
    if (verdict.is === 'quiet' || (kind === 'digest' && quiet !== null)) {
      selection.heldUntil = quiet
    } else if (verdict.is === 'digest' && kind === 'now') {
      selection.digest = { seq: Math.min(came, selection.digest?.seq ?? came), at: verdict.at }
    } else if (selection.items.length === MAX_SHOWN) {
      selection.counted.push(entry.seq)
    } else {
      const { title, message, type, url, created_at: createdAt } = notification
      selection.items.push({ seq: entry.seq, title, message, type, topic, url, createdAt })
    }
  }
  return selection
}

interface Body { title: string, message: string, type: string, created_at: string, urgency?: string, url?: string, data?: { topic?: string } }

interface Unmailed { entry: InboxEntry, /** Where it came into the inbox. */ came: number, notification: Body }

/** What is unread and was in no mail, the newest first: all of it, for what no mail looks at now, none will. */
async function * unmailed (store: Reads, userId: string, after: number, upTo: number): AsyncGenerator<Unmailed> {
  const joined = new Map((await store.lateArrivals(userId, after, upTo)).map(({ seq, joined }) => [seq, joined]))
  const cameOf = (seq: number) => joined.get(seq) ?? seq
  for (let before = upTo + 1, more = true; more;) {
    const page = await store.inboxEntries(userId, { unread: true, limit: PAGE, before })
    const fresh = page.entries.filter(({ seq }) => seq > after)
    yield * notMailed(fresh)
    more = page.more && fresh.length === page.entries.length
    before = page.entries.at(-1)?.seq ?? 0
  }
  // Older than what the last mail was of, and in the inbox since.
  for (const seq of joined.keys()) {
    if (seq > after) continue
    const { entries } = await store.inboxEntries(userId, { unread: true, limit: 1, before: seq + 1 })
    yield * notMailed(entries.filter(entry => entry.seq === seq))
  }

  async function * notMailed (entries: InboxEntry[]): AsyncGenerator<Unmailed> {
    const arrived = entries.filter(({ seq }) => cameOf(seq) <= upTo)
    const mailed = new Set(arrived.length === 0 ? [] : await store.mailedOf(userId, arrived.map(({ seq }) => seq)))
    for (const entry of arrived) if (!mailed.has(entry.seq)) yield { entry, came: cameOf(entry.seq), notification: JSON.parse(entry.body) as Body }
  }
}

/** The topics of what a mail shows, each once. */
export function topicsOf (items: Selected[]): string[] {
  return [...new Set(items.flatMap(({ topic }) => topic === null ? [] : [topic]))].sort()
}
