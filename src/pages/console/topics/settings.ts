/** Settings of a topic, as the API has them. */
export interface TopicItem { name: string, company: string | null, description?: string, default: 'on' | 'off', locked: boolean, channels: { push?: 'on' | 'off', mail?: 'on' | 'off' | 'digest' } }

export type Channel = 'inbox' | 'push' | 'mail'
export const CHANNELS: Record<Channel, string> = { inbox: 'Inbox', push: 'Push', mail: 'Mail' }

/** What holds for who chose nothing, who says so, and whether others can choose. `nobody`: without settings, a topic is on. */
export interface Holds { value: 'on' | 'off' | 'digest', source: 'operator' | 'company' | 'nobody', locked: boolean }

/** Operator's lock, company's lock, company, operator: the first of them that says something of the channel. */
export function holds (channel: Channel, operator: TopicItem | undefined, company: TopicItem | undefined): Holds {
  const said = (settings: TopicItem | undefined) => channel === 'inbox' ? settings?.default : settings?.channels[channel]
  const byOperator: Holds = { value: said(operator) ?? 'on', source: said(operator) === undefined ? 'nobody' : 'operator', locked: false }
  if (operator?.locked) return { ...byOperator, source: 'operator', locked: true }
  const ofCompany = said(company)
  if (company?.locked) return { value: ofCompany ?? byOperator.value, source: 'company', locked: true }
  return ofCompany === undefined ? byOperator : { value: ofCompany, source: 'company', locked: false }
}

/** A topic of the list: what the operator and the company say of it. */
export interface TopicRow { name: string, operator: TopicItem | undefined, company: TopicItem | undefined }

/** The topics of which either says something, by name; `search`: what names and descriptions must contain. */
export function rowsOf (operator: TopicItem[], company: TopicItem[], search: string): TopicRow[] {
  const [byOperator, byCompany] = [operator, company].map(items => new Map(items.map(item => [item.name, item])))
  const names = [...new Set([...operator, ...company].map(({ name }) => name))].sort()
  const wanted = search.trim().toLowerCase()
  return names.map(name => ({ name, operator: byOperator!.get(name), company: byCompany!.get(name) }))
    .filter(({ name, operator, company }) => [name, operator?.description, company?.description].some(text => text?.toLowerCase().includes(wanted)))
}

/** What the form of settings holds; '' of a channel: nothing is said of it. */
export interface TopicFields { description: string, default: 'on' | 'off', locked: boolean, push: string, mail: string }

export function fieldsOf (item: TopicItem | undefined): TopicFields {
  return { description: item?.description ?? '', default: item?.default ?? 'on', locked: item?.locked ?? false, push: item?.channels.push ?? '', mail: item?.channels.mail ?? '' }
}

/** The body of `PUT`: all settings of a topic. */
export function bodyOf ({ description, default: value, locked, push, mail }: TopicFields): object {
  return {
    ...(description.trim() === '' ? {} : { description: description.trim() }),
    default: value,
    locked,
    channels: { ...(push === '' ? {} : { push }), ...(mail === '' ? {} : { mail }) }
  }
}
