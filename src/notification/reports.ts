import { problem } from '../errors.ts'
import { audienceKey } from '../log/audience.ts'
import type { Principal } from '../rights/principal.ts'
import { may } from '../rights/rights.ts'
import type { DemandState } from '../store/contract/demands.ts'
import type { Report, Reported, RecipientPage, ReportState, UserReport } from '../store/contract/reports.ts'
import type { Store } from '../store/store.ts'

export interface ReportDeps {
  store: Pick<Store, 'reported' | 'report' | 'recipients' | 'userReport' | 'demand' | 'acknowledgements' | 'countAcknowledgements'>
  /** Who has a connection to this node. */
  hub: { countConnected: (keys: string[]) => number }
}

/** A report, when it was made, and how many of the recipients were connected then; without the rest where only acknowledgements are kept. */
export interface Reporting extends Pick<Report, 'acknowledged' | 'late' | 'seq'>, Partial<Omit<Report, 'acknowledged' | 'late' | 'seq'>> { id: string, at: number, connected?: number, demand?: DemandState | undefined }

export interface ListFilter { state: ReportState, limit: number, after?: string | undefined }

/** A report on more recipients is kept for a while: counting them again costs the store more than it tells. */
const LARGE = 10_000
const KEPT_MS = 10_000
const MAX_KEPT = 100

/** Who got a notification, and what they made of it. Each method throws BLF_FORBIDDEN and BLF_NOTIFICATION_NOT_FOUND. */
export class ReportDesk {
  readonly #deps: ReportDeps
  readonly #kept = new Map<string, { made: Promise<Reporting>, until: number }>()

  constructor (deps: ReportDeps) {
    this.#deps = deps
  }

  async report (principal: Principal, id: string): Promise<Reporting> {
    const reported = await this.#visible(principal, id)
    const now = Date.now()
    const kept = this.#kept.get(id)
    if (kept && kept.until > now) {
      const { recipients = 0, ...rest } = await kept.made
      // One that is being made may turn out to be small, and so cheap that nobody is given an older one.
      if (recipients > LARGE) return { recipients, ...rest }
    }
    const made = this.#make(reported)
    this.#keep(id, made, now)
    const report = await made
    const own = this.#kept.get(id)
    if (own?.made === made) {
      if ((report.recipients ?? 0) <= LARGE) this.#kept.delete(id)
      else own.until = Date.now() + KEPT_MS
    }
    return report
  }

  /** A page of the recipients in a state. */
  async recipients (principal: Principal, id: string, filter: ListFilter): Promise<RecipientPage> {
    const { isGone } = await this.#visible(principal, id)
    const page = isGone ? undefined : await this.#deps.store.recipients(id, filter)
    if (page) return page
    if (filter.state !== 'acknowledged') throw unknown()
    const { limit, after } = filter
    const found = await this.#deps.store.acknowledgements(id, { limit: limit + 1, after })
    const recipients = found.slice(0, limit).map(({ userId, at, late }) => ({ userId, delivered: true, seen: false, read: false, acted: false, muted: false, acknowledgedAt: at, late }))
    return { recipients, next: found.length > limit ? recipients.at(-1)!.userId : null, seq: (await this.#deps.store.countAcknowledgements(id)).seq }
  }

  /** One user, recipient or not, and whether the user is connected to this node. */
  async user (principal: Principal, id: string, userId: string): Promise<UserReport & { isConnected: boolean }> {
    await this.#visible(principal, id)
    const report = await this.#deps.store.userReport(id, userId)
    if (!report) throw unknown()
    // Of somebody whom the notification does not concern, nothing is told.
    return { ...report, isConnected: report.matched && this.#deps.hub.countConnected([audienceKey.user(userId)]) > 0 }
  }

  async #visible (principal: Principal, id: string): Promise<Reported> {
    const reported = await this.#deps.store.reported(id)
    if (!may(principal, 'reports.read', reported ? { owner: reported.owner, company: reported.scope } : {})) throw problem('BLF_FORBIDDEN')
    if (!reported) throw unknown()
    return reported
  }

  async #make ({ id, keys, isGone }: Reported): Promise<Reporting> {
    const { store, hub } = this.#deps
    const report = isGone ? undefined : await store.report(id)
    const demand = await store.demand(id)
    const at = Date.now()
    if (report) return { id, at, connected: Math.min(hub.countConnected(keys), report.recipients), demand, ...report }
    const kept = await store.countAcknowledgements(id)
    // Retention has removed it meanwhile, and there is nothing that is kept longer.
    if (!isGone && kept.acknowledged === 0) throw unknown()
    return { id, at, demand, ...kept }
  }

  #keep (id: string, made: Promise<Reporting>, now: number): void {
    made.catch(() => this.#kept.delete(id))
    this.#kept.delete(id)
    for (const [key, { until }] of this.#kept) {
      if (until > now && this.#kept.size < MAX_KEPT) break
      this.#kept.delete(key)
    }
    // Whoever asks while it is made waits for it, however long that is.
    this.#kept.set(id, { made, until: Infinity })
  }
}

function unknown (): Error {
  return problem('BLF_NOTIFICATION_NOT_FOUND', 'There is no such notification, or the log no longer has it.')
}
