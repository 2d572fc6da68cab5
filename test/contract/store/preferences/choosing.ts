import type { TopicSettings } from '../../../../src/preferences/records.ts'
import type { PreferencesChange } from '../../../../src/protocol/preferences.ts'
import { same } from '../model/compare.ts'
import { COMPANIES, TOPICS, USERS, type Step, type World } from '../model/world.ts'

/** Makes up who mutes what, and what is muted for them. */
export class Choosing {
  readonly #world: World

  constructor (world: World) {
    this.#world = world
  }

  changePreferences (): Step {
    const { store, model, clock, random: { pick, oneIn } } = this.#world
    const user = pick(USERS)
    const how = oneIn(4) ? 'replace' : 'merge'
    const topics = TOPICS.filter(() => oneIn(2)).map(topic => [topic, oneIn(6) ? null : { inbox: pick(['on', 'off', 'off', 'off', null] as const) }] as const)
    const change: PreferencesChange = { topics: oneIn(8) ? null : Object.fromEntries(topics) }
    const at = clock.now()
    return {
      name: `${user} chooses, ${how}: ${JSON.stringify(change)}`,
      actual: () => store.changePreferences(user, change, how),
      expected: () => model.changePreferences(user, change, how, at)
    }
  }

  putTopic (): Step {
    const { store, model, clock, random: { pick, oneIn } } = this.#world
    const [topic, company] = this.#topic()
    const settings: TopicSettings = { description: null, default: oneIn(2) ? 'on' : 'off', isLocked: oneIn(3), channels: {} }
    const at = clock.now()
    if (oneIn(3)) {
      return {
        name: `remove topic ${topic} of ${company}`,
        actual: () => store.removeTopic(topic, company),
        expected: () => model.removeTopic(topic, company, at)
      }
    }
    const channels = pick([{}, { push: 'off' as const }])
    return {
      name: `put topic ${topic} of ${company}: ${JSON.stringify(settings)}`,
      actual: () => store.putTopic(topic, company, { ...settings, channels }),
      expected: () => model.putTopic(topic, company, { ...settings, channels }, at)
    }
  }

  /** What is set and chosen, compared with the model. */
  async look (user: string): Promise<void> {
    const { store, model } = this.#world
    same(await store.preferences(user), model.preferences(user), `preferences of ${user}`)
    const [topic, company] = this.#topic()
    same(await store.topic(topic, company), model.topic(topic, company), `topic ${topic} of ${company}`)
    same(await store.topics(company), model.topics(company), `topics of ${company}`)
  }

  #topic (): [topic: string, company: string | null] {
    const { pick } = this.#world.random
    return [pick(TOPICS), pick([null, ...COMPANIES])]
  }
}
