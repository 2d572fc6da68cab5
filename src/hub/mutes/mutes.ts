import { audienceKey } from '../../log/audience.ts'
import type { LogEvent } from '../../log/event.ts'
import { decisive, type Setting } from '../../log/mutes.ts'
import type { Cohort } from '../cohort.ts'
import type { Connection } from '../connection.ts'
import { TopicSettings } from './own.ts'

/** The operator's and all companies' settings, each with the key of those whom it is for, as of the event `seq`. */
export interface SharedSettings { seq: number, settings: (Setting & { scope: string })[] }

type Judged = Pick<LogEvent, 'topic' | 'seq' | 'originSeq'>

/**
 * Judges what is muted for whom: a notification at its own `seq`, an edit or a recall at the notification's. What the operator
 * and the company say is the same for a whole cohort; only members with settings of their own are asked one by one.
 */
export class Mutes {
  readonly #seq: number
  readonly #byScope = new Map<string, TopicSettings>()
  /** Of which the operator or a company ever said something. */
  readonly #topics = new Set<string>()

  constructor ({ seq, settings }: SharedSettings = { seq: 0, settings: [] }) {
    this.#seq = seq
    for (const [scope, ofScope] of Map.groupBy(settings, ({ scope }) => scope)) this.#byScope.set(scope, new TopicSettings(ofScope))
    for (const { topic } of settings) this.#topics.add(topic)
  }

  /** The log's word, at the event `seq`, that the operator or a company says something else. */
  change (scope: string, topics: Parameters<TopicSettings['change']>[0], seq: number): void {
    // Read from the store already.
    if (seq <= this.#seq) return
    const known = this.#byScope.get(scope) ?? new TopicSettings()
    known.change(topics, seq)
    for (const topic of Object.keys(topics)) this.#topics.add(topic)
    this.#byScope.set(scope, known)
  }

  /** Whether an event is muted for those of a company (its key, or undefined) who chose nothing. */
  isOff (company: string | undefined, event: Judged): boolean {
    return event.topic !== null && this.#topics.has(event.topic) && this.#judge(event.topic, event.originSeq ?? event.seq, company, NONE)
  }

  isMuted (connection: Connection, event: Judged): boolean {
    const { topic, seq, originSeq = seq } = event
    if (topic === null) return false
    const own = connection.mutes?.settings.of(topic) ?? NONE
    return (own.length > 0 || this.#topics.has(topic)) && this.#judge(topic, originSeq, companyAt(connection, originSeq), own)
  }

  /** The members of a cohort who may not be as the cohort is towards an event. */
  asked (cohort: Cohort, { topic, originSeq }: Judged): Iterable<Connection> {
    if (topic === null) return NOBODY
    // At the place of the original, members may have been in another company.
    return originSeq !== undefined && this.#topics.has(topic) ? cohort.members() : cohort.exceptions(topic)
  }

  #judge (topic: string, seq: number, company: string | undefined, own: readonly Setting[]): boolean {
    const ofOperator = decisive(this.#byScope.get(audienceKey.all)?.of(topic) ?? NONE, seq)
    const ofCompany = company === undefined ? undefined : decisive(this.#byScope.get(company)?.of(topic) ?? NONE, seq)
    let best = decisive(own, seq)
    for (const setting of [ofCompany, ofOperator]) if (setting && setting.rank > (best?.rank ?? 0)) best = setting
    return best?.isOn === false
  }
}

const NONE: readonly Setting[] = []
const NOBODY: readonly Connection[] = []

/** The key of the company that a connection's user was in at the event `seq`; undefined for none. */
function companyAt ({ mutes, membership, companySince }: Connection, seq: number): string | undefined {
  const former = mutes?.formerCompanies.find(({ after, upTo }) => after < seq && seq <= upTo)
  if (former) return former.company
  const { company = null } = membership ?? {}
  return company !== null && companySince < seq ? audienceKey.company(company) : undefined
}
