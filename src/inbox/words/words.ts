import { agoIn, isSameYear, type Ago } from './ago.ts'
import type { Forms, Messages } from './messages.ts'

const DAY = 86_400_000

/** Texts, numbers and times in one language. `messages` are its own texts, or an application's. */
export class Words {
  readonly lang: string
  readonly messages: Messages
  /** "now", "5 min. ago", "yesterday", and a date from a week on. */
  readonly ago: Ago
  readonly #plurals: Intl.PluralRules
  readonly #ordinals: Intl.PluralRules
  readonly #numbers: Intl.NumberFormat
  readonly #days: Intl.RelativeTimeFormat
  readonly #formats = new Map<string, Intl.DateTimeFormat>()

  constructor (lang: string, messages: Messages) {
    this.lang = lang
    this.messages = messages
    this.#plurals = new Intl.PluralRules(lang)
    this.#ordinals = new Intl.PluralRules(lang, { type: 'ordinal' })
    this.#numbers = new Intl.NumberFormat(lang)
    this.ago = agoIn(lang)
    this.#days = new Intl.RelativeTimeFormat(lang, { numeric: 'auto' })
  }

  /** A text with a number in the form that the language wants. */
  count (forms: Forms, count: number): string {
    return put(forms[this.#plurals.select(count)] ?? forms.other, { count: this.number(count) })
  }

  /** "3rd update". */
  update (count: number): string {
    const { update } = this.messages
    return put(update[this.#ordinals.select(count)] ?? update.other, { count: this.number(count) })
  }

  number (value: number): string {
    return this.#numbers.format(value)
  }

  /** How many are unread, where there is room for three characters. */
  badge (count: number): string {
    return count > 99 ? `${this.number(99)}+` : this.number(count)
  }

  /** Date and time. */
  exactly (at: number): string {
    return this.#date(at, { dateStyle: 'full', timeStyle: 'short' })
  }

  /** The time of a moment, with its day unless that is today. */
  moment (at: number, now: number): string {
    return startOfDay(at) === startOfDay(now) ? this.time(at) : this.#date(at, { day: 'numeric', month: 'short', hour: 'numeric', minute: 'numeric', ...yearUnlessOf(at, now) })
  }

  /** The time of a day. */
  time (at: number): string {
    return this.#date(at, { timeStyle: 'short' })
  }

  /** "Today", "Yesterday", or the date of the day that begins at `start`. */
  day (start: number, now: number): string {
    const days = Math.round((startOfDay(now) - start) / DAY)
    if (days <= 1) return capital(this.#days.format(-Math.max(0, days), 'day'), this.lang)
    return capital(this.#date(start, { weekday: 'long', day: 'numeric', month: 'long', ...yearUnlessOf(start, now) }), this.lang)
  }

  #date (at: number, options: Intl.DateTimeFormatOptions): string {
    const key = JSON.stringify(options)
    const format = this.#formats.get(key) ?? new Intl.DateTimeFormat(this.lang, options)
    this.#formats.set(key, format)
    return format.format(at)
  }
}

/** The moment at which the day of a moment began, here. */
export function startOfDay (at: number): number {
  return new Date(at).setHours(0, 0, 0, 0)
}

/** Puts values where the text has their names in braces. */
export function put (text: string, values: Record<string, string>): string {
  return text.replace(/\{(\w+)\}/g, (all, name: string) => values[name] ?? all)
}

function yearUnlessOf (at: number, now: number): { year?: 'numeric' } {
  return isSameYear(at, now) ? {} : { year: 'numeric' }
}

function capital (text: string, lang: string): string {
  const [first = ''] = text
  return first.toLocaleUpperCase(lang) + text.slice(first.length)
}
