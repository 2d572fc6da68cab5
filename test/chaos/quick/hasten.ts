import { OUT } from '../../../src/outbound/outcome.ts'
import { AWAY, PACE } from '../../../src/outbound/push/services.ts'
import { DELAYS } from '../../../src/outbound/retries.ts'
import type { QueuedMail } from '../../../src/store/contract/mail.ts'
import type { Draft, Store } from '../../../src/store/store.ts'

/** How many times sooner a reminder comes. */
const REMINDERS = 3_600
/** The first wait before a webhook is called again, milliseconds; each is twice as long as the one before. */
const FIRST_RETRY_MS = 100

/** How long a push service is left alone that does not answer, milliseconds. */
const AWAY_MS = 200
/** What is less than a push service hangs takes long. */
const LATE_MS = 100

/** How long a day is that digests collect, milliseconds. Days of this length begin at whole minutes too: whatever time a user chose, one ends there. */
export const DIGEST_DAY_MS = 2_000

/** How long another node waits for the mails of a killed one, milliseconds. */
const MAIL_LEASE_MS = 10_000

/** Between two reminders an hour lasts a second, for digests a day two, and what a webhook or a push service did not take is tried again soon. */
export function hasten (store: Store): void {
  const { notify, beginMails } = store
  store.notify = async draft => await notify(sooner(draft))
  for (const n of DELAYS.keys()) DELAYS[n] = FIRST_RETRY_MS * 2 ** n
  store.beginMails = async (owner, limit) => await beginMails(owner, limit, MAIL_LEASE_MS)
  hastenDigests(store)
  Object.assign(AWAY, { forMs: AWAY_MS, spreadMs: AWAY_MS })
  Object.assign(PACE, { lateMs: LATE_MS, putOffMs: AWAY_MS, silentMs: AWAY_MS })
  OUT.againMs = 2_000
}

function sooner<D extends Draft> (draft: D): D {
  const { demand } = draft
  return demand ? { ...draft, demand: { ...demand, remindMs: demand.remindMs && demand.remindMs / REMINDERS } } : draft
}

function hastenDigests (store: Store): void {
  const { queueMails, settleMails, changePreferences, mailState } = store
  const soon = (mail: QueuedMail) => mail.kind === 'digest' ? { ...mail, dueIn: mail.dueIn % DIGEST_DAY_MS } : mail
  store.queueMails = async mails => await queueMails(mails.map(soon))
  store.settleMails = async (owner, outcomes) => await settleMails(owner, outcomes.map(({ queue = [], ...outcome }) => ({ ...outcome, queue: queue.map(soon) })))
  // A change puts off what waits to the real time of the day, a whole minute.
  store.changePreferences = async (userId, ...change) => {
    const record = await changePreferences(userId, ...change)
    const seq = await store.head()
    const { waiting = [] } = await mailState(userId, seq) ?? {}
    const putOff = waiting.filter(({ kind, at }) => kind === 'digest' && at % 60_000 === 0)
    await queueMails(putOff.map(({ kind, at }) => soon({ userId, kind, seq, dueIn: at - Date.now() })))
    return record
  }
}
