import { audienceKey } from '../../../../src/log/audience.ts'
import type { Choices, PreferencesChange } from '../../../../src/protocol/preferences.ts'
import type { PreferencesRecord, TopicRecord, TopicSettings } from '../../../../src/preferences/records.ts'
import { Groups } from '../model/groups.ts'
import { Refusal, type Person } from '../model/people.ts'

type Settings = Map<string, TopicSettings>
/** All that was set and chosen at one moment, and which company each user was in. */
interface Moment { operator: Settings, companies: Map<string, Settings>, users: Map<Person, { company: string | null, choices: Choices }> }

const NOTHING: Choices = { topics: {}, channels: {}, quiet_hours: null, digest_at: null }
/** Which of two that decide is asked first; by the store's numbers, since events tell them. */
const RANK = { operator: 1, company: 2, user: 3, companyLock: 4, operatorLock: 5 }

/** The part of the model that is about topics and preferences. */
export abstract class Topics extends Groups {
  readonly #operator: Settings = new Map()
  readonly #companies = new Map<string, Settings>()
  readonly #choices = new Map<Person, Choices>()
  readonly #moments = new Map<number, Moment>()

  topic (topic: string, company: string | null): TopicRecord | undefined {
    const settings = this.#settingsOf(company).get(topic)
    return settings && { topic, company, settings }
  }

  topics (company: string | null): TopicRecord[] {
    return [...this.#settingsOf(company)].sort(([a], [b]) => a < b ? -1 : 1).map(([topic, settings]) => ({ topic, company, settings }))
  }

  putTopic (topic: string, company: string | null, settings: TopicSettings, at: number): { created: boolean } {
    const before = this.topic(topic, company)?.settings
    if (JSON.stringify(before) === JSON.stringify(settings)) return { created: false }
    this.#settingsOf(company).set(topic, settings)
    this.#tell(topic, company, before, settings, at)
    return { created: !before }
  }

  removeTopic (topic: string, company: string | null, at: number): void {
    const before = this.topic(topic, company)?.settings
    if (!before) throw new Refusal('BLF_TOPIC_NOT_FOUND')
    this.#settingsOf(company).delete(topic)
    this.#tell(topic, company, before, undefined, at)
  }

  preferences (userId: string): PreferencesRecord | undefined {
    const user = this.user(userId)
    return user && { own: this.#chosenBy(userId), operator: this.topics(null), company: user.company === null ? [] : this.topics(user.company), seq: this.head }
  }

  changePreferences (userId: string, change: PreferencesChange, how: 'merge' | 'replace', at: number): PreferencesRecord {
    const user = this.user(userId)
    if (!user) throw new Refusal('BLF_USER_NOT_FOUND')
    const before = this.#chosenBy(userId)
    const after = structuredClone(how === 'merge' ? before : NOTHING)
    if (change.topics === null) after.topics = {}
    const inboxes = new Map<string, object | null>()
    for (const [topic, choices] of Object.entries(change.topics ?? {})) {
      const merged = { ...after.topics[topic], ...choices }
      const kept = Object.entries(choices === null ? {} : merged).filter(([, value]) => value !== null)
      if (kept.length > 0) after.topics[topic] = Object.fromEntries(kept)
      else delete after.topics[topic]
    }
    const names = [...new Set([...Object.keys(before.topics), ...Object.keys(after.topics)])]
    for (const topic of names) {
      const [old, now] = [before.topics[topic]?.inbox, after.topics[topic]?.inbox]
      if (old === now) continue
      const lock = [this.topic(topic, null), user.company === null ? undefined : this.topic(topic, user.company)].find(record => record?.settings.isLocked)
      if (lock && now !== undefined && now !== lock.settings.default) throw new Refusal('BLF_PREFERENCE_LOCKED')
      inboxes.set(topic, now === undefined ? null : { isOn: now === 'on', rank: RANK.user })
    }
    if (inboxes.size > 0) {
      this.#choices.set(this.person(userId)!, after)
      this.append('topics.changed', null, at, { scope: audienceKey.user(userId), topics: Object.fromEntries(inboxes) })
      this.append('preferences.changed', { users: [userId] }, at, { topics: [...inboxes.keys()], quiet_until: null })
    }
    return this.preferences(userId)!
  }

  /** Notes what is in force for what comes next in the log. */
  protected noteMoment (seq: number): void {
    const people = this.users().map(({ id, company }) => [this.person(id)!, { company, choices: this.#chosenBy(id) }] as const)
    this.#moments.set(seq, {
      operator: new Map(this.#operator), companies: new Map([...this.#companies].map(([company, settings]) => [company, new Map(settings)])), users: new Map(people)
    })
  }

  /** Whether a topic was muted for somebody at a place in the log: operator's lock, company's lock, user, company, operator; company by membership there. */
  protected isMuted (person: Person | undefined, topic: string | null, seq: number): boolean {
    if (topic === null) return false
    const moment = this.#moments.get(seq)!
    const { company = null, choices = NOTHING } = (person && moment.users.get(person)) ?? {}
    const operator = moment.operator.get(topic)
    const ofCompany = company === null ? undefined : moment.companies.get(company)?.get(topic)
    const inbox = (operator?.isLocked ? operator.default : undefined) ?? (ofCompany?.isLocked ? ofCompany.default : undefined) ??
      choices.topics[topic]?.inbox ?? ofCompany?.default ?? operator?.default ?? 'on'
    return inbox === 'off'
  }

  #chosenBy (userId: string): Choices {
    return this.#choices.get(this.person(userId)!) ?? NOTHING
  }

  #settingsOf (company: string | null): Settings {
    if (company === null) return this.#operator
    const settings = this.#companies.get(company) ?? new Map()
    this.#companies.set(company, settings)
    return settings
  }

  #tell (topic: string, company: string | null, before: TopicSettings | undefined, after: TopicSettings | undefined, at: number): void {
    const scope = company === null ? audienceKey.all : audienceKey.company(company)
    const said = (settings: TopicSettings | undefined) => {
      const [usual, lock] = company === null ? [RANK.operator, RANK.operatorLock] : [RANK.company, RANK.companyLock]
      // Everybody's topics are on unless somebody says otherwise.
      if (!settings || (company === null && settings.default === 'on' && !settings.isLocked)) return null
      return { isOn: settings.default === 'on', rank: settings.isLocked ? lock : usual }
    }
    if (JSON.stringify(said(before)) !== JSON.stringify(said(after))) this.append('topics.changed', null, at, { scope, topics: { [topic]: said(after) } })
    this.append('preferences.changed', company === null ? { all: true } : { companies: [company] }, at, { topics: [topic] })
  }
}
