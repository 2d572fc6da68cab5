import { html, nothing, type TemplateResult } from 'lit'
import type { QuietHours, Weekday } from '@belfry/client/preferences'
import { put, type Words } from '../words/words.ts'

/** What the form has, which is not what is saved until the reader says so. `digestAt`: when the day's mail comes, in the time zone of the quiet hours. */
export interface TimesDraft extends QuietHours { isOn: boolean, digestAt: string }

export interface TimesParts {
  draft: TimesDraft
  words: Words
  isDisabled: boolean
  /** Whether the draft differs from what is saved. */
  isChanged: boolean
  fault: 'daysMissing' | 'timesEqual' | undefined
  onDraft: (change: Partial<TimesDraft>) => void
  onSave: () => void
}

/** A week that begins on a Monday, for the names of its days. */
const MONDAY = Date.UTC(2024, 0, 1)
const weekdays: Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']

/** The days from the one on which weeks begin in a language. */
export function daysIn (lang: string): { day: Weekday, short: string, long: string }[] {
  const locale = new Intl.Locale(lang) as Intl.Locale & { getWeekInfo?: () => { firstDay: number }, weekInfo?: { firstDay: number } }
  const first = (locale.getWeekInfo?.() ?? locale.weekInfo)?.firstDay ?? 1
  const names = (weekday: 'short' | 'long') => new Intl.DateTimeFormat(lang, { weekday, timeZone: 'UTC' })
  const [short, long] = [names('short'), names('long')]
  return weekdays.map((_, index) => {
    const at = (index + first - 1) % 7
    const date = MONDAY + at * 86_400_000
    return { day: weekdays[at]!, short: short.format(date), long: long.format(date) }
  })
}

/** The time zones to choose from, and the one that is chosen, which a browser may not know. */
export function zonesWith (zone: string): string[] {
  const known = (Intl as { supportedValuesOf?: (key: string) => string[] }).supportedValuesOf?.('timeZone') ?? []
  return known.includes(zone) ? known : [zone, ...known]
}

/** What a draft is refused for. */
export function faultOf ({ isOn, days, from, to }: TimesDraft): TimesParts['fault'] {
  if (!isOn) return undefined
  return days.length === 0 ? 'daysMissing' : from === to ? 'timesEqual' : undefined
}

/** The form for quiet hours and the day's mail. */
export function times ({ draft, words, isDisabled, isChanged, fault, onDraft, onSave }: TimesParts): TemplateResult {
  const { messages, lang } = words
  const { isOn, days, from, to, timezone, digestAt } = draft
  const isSame = fault === 'timesEqual'
  const changed = (change: (value: string) => void) => ({ target }: Event) => { if ((target as HTMLInputElement).value) change((target as HTMLInputElement).value) }
  const time = (label: string, value: string, isWrong: boolean, change: (value: string) => void) => html`
    <label class="field">${label}<input type="time" required .value=${value} ?disabled=${isDisabled} aria-invalid=${isWrong} aria-describedby=${isWrong ? 'quiet-fault' : 'next-day'} @change=${changed(change)}></label>`
  const toggle = (day: Weekday) => onDraft({ days: weekdays.filter(name => name === day ? !days.includes(day) : days.includes(name)) })
  return html`
    <form novalidate @submit=${(event: Event) => { event.preventDefault(); onSave() }}>
      <div role="group" aria-labelledby="quiet">
        <div><h3 id="quiet">${messages.quietHours}</h3><p class="hint">${messages.quietHint}</p></div>
        <label class="choice"><input type="checkbox" role="switch" .checked=${isOn} ?disabled=${isDisabled} @change=${({ target }: Event) => onDraft({ isOn: (target as HTMLInputElement).checked })}>${messages.useQuietHours}</label>
        ${isOn
          ? html`
            <div class="times">${time(messages.quietFrom, from, false, value => onDraft({ from: value }))}${time(messages.quietTo, to, isSame, value => onDraft({ to: value }))}<span class="hint" id="next-day">${to < from ? messages.nextDay : ''}</span></div>
            <fieldset ?disabled=${isDisabled} aria-describedby="quiet-fault"><legend>${messages.quietDays}</legend><div class="days">${daysIn(lang).map(({ day, short, long }) => html`<label class="day-choice" title=${long}><input type="checkbox" aria-label=${long} .checked=${days.includes(day)} @change=${() => toggle(day)}><span aria-hidden="true">${short}</span></label>`)}</div></fieldset>
            <label class="field">${messages.timeZone}<select .value=${timezone} ?disabled=${isDisabled} @change=${({ target }: Event) => onDraft({ timezone: (target as HTMLSelectElement).value })}>${zonesWith(timezone).map(zone => html`<option value=${zone} ?selected=${zone === timezone}>${zone.replaceAll('_', ' ')}</option>`)}</select></label>`
          : nothing}
        <p class="fault" id="quiet-fault" role="alert">${fault === undefined ? nothing : messages[fault]}</p>
      </div>
      <div>
        <div><h3 id="digest">${messages.dailyMail}</h3><p class="hint" id="digest-hint">${put(messages.dailyMailHint, { zone: isOn ? timezone.replaceAll('_', ' ') : 'UTC' })}</p></div>
        <input type="time" required .value=${digestAt} ?disabled=${isDisabled} aria-labelledby="digest" aria-describedby="digest-hint" @change=${changed(value => onDraft({ digestAt: value }))}>
      </div>
      ${isChanged ? html`<button part="button" class="strong" ?disabled=${isDisabled}>${messages.save}</button>` : nothing}
    </form>`
}
