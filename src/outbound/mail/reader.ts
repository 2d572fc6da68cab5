import type { LogEvent } from '../../log/event.ts'
import { MAIL_READER } from '../../log/readers.ts'
import type { QueuedMail } from '../../store/contract/mail.ts'
import type { Place } from '../../store/contract/readers.ts'
import type { Store } from '../../store/store.ts'
import { verdictsOf, type Verdict } from '../channels/channels.ts'
import { Reader, type ReaderDeps } from '../reader.ts'
import type { Attempt, Item, Page } from '../work.ts'

export interface MailReaderDeps extends Omit<ReaderDeps, 'name' | 'start' | 'isOrdered' | 'atOnce' | 'store'> {
  store: ReaderDeps['store'] & Pick<Store, 'events' | 'floor' | 'mailRecipients' | 'queueMails' | 'channelSettings'>
  /** Called when mails have become due. */
  onQueued: () => void
}

interface Sent extends Item { topic: string | null, keys: string[], urgency?: string | undefined, expiresAt: number | null }

const DONE: Attempt = { isDone: true, status: null }

/**
 * Follows the log at a distance, and notes who is to be mailed: those who have not read a notification by then. Nothing is sent here
 * (`sender.ts`): what to do of a notification for a million people is noted in short steps and, after a crash, once more, which changes nothing.
 */
export class MailReader extends Reader<Sent> {
  readonly #deps: MailReaderDeps

  constructor (deps: MailReaderDeps) {
    // One after the other: each may be for everybody.
    super({ ...deps, name: MAIL_READER, start: 'head', atOnce: 1 })
    this.#deps = deps
  }

  protected async read ({ seq: after }: Place, limit: number): Promise<Page<Sent> | undefined> {
    const events = await this.#deps.store.events(after, limit)
    const first = events[0]?.seq ?? await this.#deps.store.floor() + 1
    if (first > after + 1) return undefined
    return { items: events.filter(({ kind }) => kind === 'notification').map(toSent), upTo: events.at(-1)?.seq ?? after }
  }

  protected async attempt (sent: Sent, _n: number, signal: AbortSignal): Promise<Attempt> {
    const { store, onQueued } = this.#deps
    let next: string | null = null
    do {
      signal.throwIfAborted()
      const { now } = this
      if (sent.keys.length === 0 || (sent.expiresAt !== null && sent.expiresAt <= now)) return DONE
      const page = await store.mailRecipients(sent, next)
      const userIds = page.recipients.map(({ userId }) => userId)
      const verdicts = userIds.length === 0 ? new Map<string, Verdict>() : await verdictsOf(store, 'mail', sent, userIds, now)
      const mails = page.recipients.flatMap(recipient => queued(recipient, verdicts.get(recipient.userId)!, now))
      if (mails.length > 0) {
        await store.queueMails(mails)
        onQueued()
      }
      next = page.next
    } while (next !== null)
    return DONE
  }
}

function toSent ({ seq, at, topic, keys, expiresAt, body }: LogEvent): Sent {
  const { urgency } = JSON.parse(body) as { urgency?: string }
  return { seq, at, topic, keys, urgency, expiresAt }
}

function queued (mail: Pick<QueuedMail, 'userId' | 'seq'>, verdict: Verdict, now: number): QueuedMail[] {
  if (verdict.is === 'never') return []
  if (verdict.is === 'digest') return [{ ...mail, kind: 'digest', dueIn: verdict.at - now }]
  return [{ ...mail, kind: 'now', dueIn: verdict.is === 'quiet' ? verdict.until - now : 0 }]
}
