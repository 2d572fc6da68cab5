import { createHash } from 'node:crypto'
import { isOutage } from '../../errors.ts'
import { DueWork, type DueWorkDeps } from '../../log/due-work.ts'
import type { MailJob, MailOutcome } from '../../store/contract/mail.ts'
import type { Store } from '../../store/store.ts'
import { nextAttempt } from '../retries.ts'
import { write, type Places } from './letter.ts'
import type { Links } from './links.ts'
import { select, topicsOf, type Selection } from './select.ts'
import type { Letter, SmtpAnswer } from './smtp.ts'

export interface MailSenderDeps extends DueWorkDeps {
  store: Pick<Store, 'nextMail' | 'beginMails' | 'settleMails' | 'releaseMails' | 'inboxEntries' | 'mailedOf' | 'lateArrivals' | 'preferences' | 'epoch'>
  smtp: { send: (letter: Letter, signal?: AbortSignal) => Promise<SmtpAnswer>, domain: string }
  links: Pick<Links, 'sign'>
  places: Places
  /** Names this run of this node: another one after a restart. */
  owner: string
  /** Whether the store has no other node: then what others had taken is free. */
  isAlone: boolean
  /** For how long a killed node's mails wait for another, milliseconds. */
  leaseMs?: number
  /** How long a stop waits for what is under way, milliseconds. */
  graceMs?: number
  /** Called for each attempt. */
  onAttempt?: (outcome: 'sent' | 'bounced' | 'pending' | 'failed', error?: string) => void
}

/** How many mails are taken at once, and how many of them are attempted at once. */
const BATCH = 20
const AT_ONCE = 5
const LEASE_MS = 120_000
/** How long one attempt may take, milliseconds. */
const ATTEMPT_MS = 60_000
const GRACE_MS = 5_000
/** The pause after a step that did all there was, milliseconds: what comes one after the other then shares steps. */
const PACE_MS = 100

/** Sends the mails that are due. Several nodes may: each takes its own, and what a killed one had taken, another sends under the same Message-ID. */
export class MailSender extends DueWork {
  readonly #deps: MailSenderDeps
  readonly #stopping = new AbortController()
  readonly #aborted = new AbortController()
  #isFull = false
  #hasReleased = false
  #isBusy = false
  /** Whether mails may be taken that nothing is done with: a step has failed. */
  #mayHold = false

  constructor (deps: MailSenderDeps) {
    super(deps)
    this.#deps = deps
  }

  /** There may be mails that are due. */
  wake (): void {
    this.wakeWithin(0)
  }

  /** Begins nothing more, and gives back what it has taken; what is under way has some seconds to end. */
  override async stop (): Promise<void> {
    this.#stopping.abort()
    const timer = setTimeout(() => this.#aborted.abort(), this.#deps.graceMs ?? GRACE_MS)
    await super.stop()
    clearTimeout(timer)
    await this.#deps.store.releaseMails(this.#deps.owner, 'own').catch(() => {})
  }

  protected override pauseAfter (): number {
    return this.#isFull ? 0 : PACE_MS
  }

  protected async dueIn (): Promise<number | null> {
    if (this.#deps.isAlone && !this.#hasReleased) await this.#deps.store.releaseMails(this.#deps.owner, 'others')
    this.#hasReleased = true
    if (!this.#isBusy) await this.#giveBack()
    return await this.#deps.store.nextMail()
  }

  protected async step (): Promise<boolean> {
    this.#isBusy = true
    try {
      await this.#giveBack()
      return await this.#work()
    } catch (error) {
      this.#mayHold = true
      throw error
    } finally {
      this.#isBusy = false
    }
  }

  /** What a step that failed had taken is due at once, and not when the lease ends. */
  async #giveBack (): Promise<void> {
    if (this.#mayHold) await this.#deps.store.releaseMails(this.#deps.owner, 'own')
    this.#mayHold = false
  }

  async #work (): Promise<boolean> {
    const { store, owner, leaseMs = LEASE_MS } = this.#deps
    const takenAt = performance.now()
    const jobs = await store.beginMails(owner, BATCH, leaseMs)
    this.#isFull = jobs.length === BATCH
    const isOver = () => this.#stopping.signal.aborted || performance.now() > takenAt + leaseMs / 2
    let next = 0
    const worker = async () => {
      while (next < jobs.length && !isOver()) {
        const job = jobs[next++]!
        // The store's time: quiet hours end by it.
        const outcome = await this.#attempt(job, Math.round(job.begunAt + performance.now() - takenAt))
        // At once: what is written down is not sent again after a crash.
        if (outcome) await store.settleMails(owner, [outcome])
      }
    }
    // All of them: nothing is given back while it is being sent.
    const ends = await Promise.allSettled(Array.from({ length: Math.min(AT_ONCE, jobs.length) }, worker))
    for (const end of ends) if (end.status === 'rejected') throw end.reason
    if (next < jobs.length) await store.releaseMails(owner, 'own')
    return jobs.length > 0 && !this.#stopping.signal.aborted && (await store.nextMail()) === 0
  }

  /** Undefined if it was aborted. */
  async #attempt (job: MailJob, now: number): Promise<MailOutcome | undefined> {
    try {
      const signal = AbortSignal.any([this.#aborted.signal, AbortSignal.timeout(ATTEMPT_MS)])
      return await this.#send(job, now, signal)
    } catch (error) {
      if (this.#aborted.signal.aborted) return undefined
      if (isOutage(error)) throw error
      // One that cannot be written must not hold up the others.
      return this.#deferred(job, undefined, (error as Error).message)
    }
  }

  async #send (job: MailJob, now: number, signal: AbortSignal): Promise<MailOutcome> {
    const selection = job.email === null ? undefined : await select(this.#deps.store, job, now)
    if (!selection || job.email === null) return ending(job, undefined, now)
    if (selection.items.length === 0) return ending(job, selection, now)
    const answer = await this.#deps.smtp.send(this.#write(job, job.email, selection), signal)
    if (answer.is === 'deferred') return this.#deferred(job, selection, answer.error)
    const hasBounced = answer.is === 'bounced'
    this.#deps.onAttempt?.(answer.is, hasBounced ? answer.error : undefined)
    return { ...ending(job, selection, now), isAgain: false, mailed: mailedBy(selection, hasBounced ? 'failed' : 'sent'), hasBounced, ...(hasBounced ? { error: answer.error } : {}) }
  }

  #deferred (job: MailJob, selection: Selection | undefined, error: string): MailOutcome {
    const { userId, kind, email, after, upTo, n } = job
    const dueIn = nextAttempt(n + 1)
    this.#deps.onAttempt?.(dueIn === undefined ? 'failed' : 'pending', error)
    if (dueIn === undefined) return { userId, kind, email, through: upTo, dueIn: null, isAgain: false, error, mailed: mailedBy(selection, 'failed') }
    return { userId, kind, email, through: after, dueIn, isAgain: true, error }
  }

  #write (job: MailJob, address: string, { items, counted, timezone }: Selection): Letter {
    const { userId, createdAt, kind, number, name: called } = job
    const { store, links, smtp, places } = this.#deps
    const topics = topicsOf(items)
    const name = JSON.stringify([store.epoch, userId, createdAt, kind, number])
    return {
      messageId: `${createHash('sha256').update(name).digest('hex').slice(0, 32)}@${smtp.domain}`,
      to: { name: called ?? '', address },
      ...write({ kind, items, more: counted.length, timezone, topics, places, token: links.sign({ userId, createdAt, topics: topics.length === 0 ? null : topics }) })
    }
  }
}

/** What a mail says is not in another one, whether it shows it or counts it. */
function mailedBy (selection: Selection | undefined, state: 'sent' | 'failed'): MailOutcome['mailed'] & object {
  return { state, seqs: selection?.items.map(({ seq }) => seq) ?? [], counted: selection?.counted ?? [] }
}

/** What comes after a mail of which nothing failed, or which had nothing to say. What quiet hours hold back is due when they end, and without an address nothing is. */
function ending ({ userId, kind, email, after, upTo, n }: MailJob, selection: Selection | undefined, now: number): MailOutcome {
  const { heldUntil = null, digest = null } = selection ?? {}
  const waits = heldUntil !== null || email === null
  return {
    userId,
    kind,
    email,
    through: waits ? after : upTo,
    dueIn: heldUntil === null ? null : heldUntil - now,
    // The one that may have arrived already comes again as it was.
    isAgain: waits && n > 0,
    ...(digest ? { queue: [{ userId, kind: 'digest', seq: digest.seq, dueIn: digest.at - now }] } : {})
  }
}
