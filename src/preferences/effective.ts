import type { Channels, Choices, EffectiveChoice, EffectiveTopic, MailSwitch, PreferenceSource, Switch } from '../protocol/preferences.ts'
import type { ChannelSettings, TopicRecord, TopicSettings } from './records.ts'

/** The settings of topics that concern a user: the operator's, and those of the user's company. */
export interface Defaults { operator: Pick<TopicRecord, 'topic' | 'settings'>[], company: Pick<TopicRecord, 'topic' | 'settings'>[] }

export type Channel = Exclude<keyof EffectiveTopic, 'description'>
export const channels: readonly Channel[] = ['inbox', 'push', 'mail']

/** What holds for a user, topic by topic: for every topic of which anybody says something. */
export function effectiveTopics ({ topics, channels }: Pick<Choices, 'topics' | 'channels'>, { operator, company }: Defaults): Record<string, EffectiveTopic> {
  const own = new Map(Object.entries(topics))
  const [byOperator, byCompany] = [operator, company].map(records => new Map(records.map(({ topic, settings }) => [topic, settings])))
  const names = new Set([...byOperator!.keys(), ...byCompany!.keys(), ...own.keys()])
  return Object.fromEntries([...names].sort().map(name => {
    const levels = { operator: byOperator!.get(name), company: byCompany!.get(name), user: { ...channels, ...own.get(name) } }
    const description = levels.company?.description ?? levels.operator?.description
    return [name, {
      ...description == null ? {} : { description },
      inbox: choose<Switch>('inbox', levels),
      push: choose<Switch>('push', levels),
      mail: choose<MailSwitch>('mail', levels)
    }]
  }))
}

/** What these say of one topic. */
export function settingsOf (records: Defaults['operator'], name: string | null): TopicSettings | undefined {
  return records.find(({ topic }) => topic === name)?.settings
}

/** What is said of one topic, by whom. */
export interface Levels { operator: TopicSettings | undefined, company: TopicSettings | undefined, user: Channels & { inbox?: Switch } }

/** What is said of a notification's topic, by which its user has these settings. */
export function levelsOf ({ own: { topics, channels }, operator, company }: Pick<ChannelSettings, 'own' | 'operator' | 'company'>, topic: string | null): Levels {
  const chosen = topic !== null && Object.hasOwn(topics, topic) ? topics[topic] : undefined
  return { operator, company, user: { ...channels, ...chosen } }
}

/** What holds for one channel. Operator's lock, company's lock, user, company, operator: the first of them that says something. */
export function choose<Value extends MailSwitch> (channel: Channel, { operator, company, user }: Levels): EffectiveChoice<Value> {
  const ofOperator = said(operator, channel) ?? 'on'
  const ofCompany = said(company, channel)
  const choice = (value: MailSwitch, source: PreferenceSource, locked = false) => ({ value, source, locked }) as EffectiveChoice<Value>
  if (operator?.isLocked) return choice(ofOperator, 'operator', true)
  if (company?.isLocked) return choice(ofCompany ?? ofOperator, 'company', true)
  const chosen = user[channel]
  if (chosen !== undefined) return choice(chosen, 'user')
  return ofCompany === undefined ? choice(ofOperator, 'operator') : choice(ofCompany, 'company')
}

function said (settings: TopicSettings | undefined, channel: Channel): MailSwitch | undefined {
  return channel === 'inbox' ? settings?.default : settings?.channels[channel]
}
