import { html, nothing, type TemplateResult } from 'lit'
import { live } from 'lit/directives/live.js'
import type { EffectiveChoice, EffectiveTopic, MailSwitch, PreferencesChange, Switch } from '@belfry/client/preferences'
import { icons } from '../rows/icons.ts'
import type { Messages } from '../words/messages.ts'

/** A topic as it is shown. */
export interface TopicRow { name: string, choices: EffectiveTopic }

export interface TopicParts {
  rows: readonly TopicRow[]
  /** What the reader chose for all topics of which they say nothing. */
  channels: { push: Switch, mail: MailSwitch }
  messages: Messages
  /** Whether nothing can be changed now. */
  isDisabled: boolean
  onChange: (change: PreferencesChange) => void
}

const mails: MailSwitch[] = ['on', 'digest', 'off']

/** Topics, each with what comes of it and by which way. */
export function topics ({ rows, channels, messages, isDisabled, onChange }: TopicParts): TemplateResult {
  const isOn = (event: Event): Switch => (event.target as HTMLInputElement).checked ? 'on' : 'off'
  const box = (label: string, { value, locked }: Pick<EffectiveChoice<Switch>, 'value' | 'locked'>, change: (value: Switch) => void) => html`
    <label class="choice"><input type="checkbox" role="switch" .checked=${live(value === 'on')} ?disabled=${locked || isDisabled} @change=${(event: Event) => change(isOn(event))}>${label}</label>`
  const mail = ({ value, locked }: Pick<EffectiveChoice<MailSwitch>, 'value' | 'locked'>, change: (value: MailSwitch) => void) => html`
    <label class="choice">${messages.mail}<select .value=${live(value)} ?disabled=${locked || isDisabled} @change=${(event: Event) => change((event.target as HTMLSelectElement).value as MailSwitch)}>
      ${mails.map(name => html`<option value=${name} ?selected=${name === value}>${messages[name]}</option>`)}
    </select></label>`
  const row = ({ name, choices: { inbox, push, mail: mailing, description } }: TopicRow) => {
    const choose = (choice: object) => onChange({ topics: { [name]: choice } })
    const { locked, source } = [inbox, push, mailing].find(({ locked }) => locked) ?? inbox
    return html`
      <div class="choosing" role="group" aria-labelledby="of-${name}" aria-describedby="about-${name}">
        <div class="about"><bdi class="label" id="of-${name}">${name}</bdi>
          <div id="about-${name}">${description === undefined ? nothing : html`<p class="hint" dir="auto">${description}</p>`}${locked ? html`<p class="hint lock">${icons.lock}${source === 'company' ? messages.lockedByCompany : messages.lockedByOperator}</p>` : nothing}</div></div>
        <div class="choices">${box(messages.inbox, inbox, value => choose({ inbox: value }))}${box(messages.push, push, value => choose({ push: value }))}${mail(mailing, value => choose({ mail: value }))}</div>
      </div>`
  }
  return html`
    <div role="group" aria-labelledby="topics">
      <h3 id="topics">${messages.topics}</h3>
      <p class="hint">${messages.topicsHint}</p>
      <div class="all">
        ${rows.map(row)}
        <div class="choosing" role="group" aria-labelledby="others">
          <div class="about"><span class="label" id="others">${rows.length === 0 ? messages.allTopics : messages.otherTopics}</span></div>
          <div class="choices">${box(messages.push, { value: channels.push, locked: false }, push => onChange({ channels: { push } }))}${mail({ value: channels.mail, locked: false }, value => onChange({ channels: { mail: value } }))}</div>
        </div>
      </div>
    </div>`
}
