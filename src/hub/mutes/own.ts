import type { Setting } from '../../log/mutes.ts'
import type { TopicsChanged } from '../../log/event.ts'

/** Settings of topics, by topic, as the log tells of them from one event on. */
export class TopicSettings {
  readonly #byTopic = new Map<string, Setting[]>()

  constructor (settings: Iterable<Setting> = []) {
    for (const setting of settings) this.#add(setting)
  }

  of (topic: string): readonly Setting[] {
    return this.#byTopic.get(topic) ?? NONE
  }

  get topics (): Iterable<string> {
    return this.#byTopic.keys()
  }

  /** From the event `seq` on, something else is said of these topics. */
  change (topics: TopicsChanged['topics'], seq: number): void {
    for (const [topic, said] of Object.entries(topics)) {
      for (const setting of this.of(topic)) setting.upTo = Math.min(setting.upTo, seq)
      if (said) this.#add({ topic, after: seq, upTo: Infinity, ...said })
    }
  }

  #add (setting: Setting): void {
    const known = this.#byTopic.get(setting.topic)
    // The newest first: it is asked for most.
    if (!known) this.#byTopic.set(setting.topic, [setting])
    else if (known.unshift(setting) > MAX_KEPT) known.pop()
  }
}

/** How many settings of a topic are remembered: who changes one more often has edits of what was muted long ago judged as if nothing had been said. */
const MAX_KEPT = 1_000
const NONE: readonly Setting[] = []

/** What the store knows of one user, as of the event `seq`; companies by their keys, each for `after < seq ≤ upTo`. */
export interface KnownMutes { seq: number, settings: Setting[], formerCompanies: { company: string, after: number, upTo: number }[] }

/** A user's own settings of topics, and the companies that the user was in before. One instance per connection whose user has any. */
export class OwnMutes {
  readonly settings: TopicSettings
  readonly formerCompanies: KnownMutes['formerCompanies']

  constructor ({ settings = [], formerCompanies = [] }: Partial<KnownMutes> = {}) {
    this.settings = new TopicSettings(settings)
    this.formerCompanies = formerCompanies
  }

  /** What the store says, and what happened since to who is connected; undefined for nothing. */
  static of (known: KnownMutes, happened: OwnMutes | undefined): OwnMutes | undefined {
    const formerCompanies = [...known.formerCompanies, ...(happened?.formerCompanies ?? []).filter(({ upTo }) => upTo > known.seq)]
    return known.settings.length > 0 || formerCompanies.length > 0 ? new OwnMutes({ settings: known.settings, formerCompanies }) : undefined
  }

  /** The user was in a company for `after < seq ≤ upTo`. */
  leave (company: string, after: number, upTo: number): void {
    this.formerCompanies.push({ company, after, upTo })
  }
}
