import type { ReportedAudience as Audience } from '../../../client/backend/reports.ts'

/** The forms of an audience in one, as the API answers it. */
export type { Audience }

const plain = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const precise = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 })

/** A number as people read it: 1,240, and with up to three digits where it is small. */
export function amount (value: number): string {
  return Math.abs(value) < 100 ? precise.format(value) : plain.format(value)
}

/** "1 inbox", "1,240 inboxes". */
export function counted (count: number, one: string, many = `${one}s`): string {
  return `${plain.format(count)} ${count === 1 ? one : many}`
}

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB']

export function bytes (value: number): string {
  const power = Math.min(UNITS.length - 1, value < 1 ? 0 : Math.floor(Math.log2(value) / 10))
  return `${amount(value / 1024 ** power)} ${UNITS[power]}`
}

const absolute = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' })

export const exact = (at: number) => absolute.format(at)
export const timeOfDay = (at: number) => clock.format(at)

const few = (names: string[]) => names.length <= 3 ? names.join(', ') : `${names.slice(0, 2).join(', ')} and ${names.length - 2} more`

/** Who an audience is, in words. */
export function audienceText ({ all, users, companies, roles, groups, company, not }: Audience): string {
  const but = not && not.users.length > 0 ? `, but not ${few(not.users)}` : ''
  return whom() + but

  function whom (): string {
    if (all) return 'Everyone'
    if (users) return users.length > 3 ? counted(users.length, 'user') : users.join(', ')
    if (groups) return `${groups.length === 1 ? 'Group' : 'Groups'} ${few(groups)}${company === undefined ? '' : ` of ${company}`}`
    const who = roles ? `${roles.length === 1 ? 'Role' : 'Roles'} ${few(roles)}` : 'Everybody'
    return companies ? `${who} in ${few(companies)}` : `${who}, everywhere`
  }
}

/** A sender as people read it: `user:alice` is alice. */
export function senderText (sender: string): string {
  return sender.startsWith('key:') ? `API key ${sender.slice(4)}` : sender.replace(/^user:/, '')
}

/** The names in a text, one a line or between commas, each once. */
export function namesIn (text: string): string[] {
  return [...new Set(text.split(/[\n,]/).map(name => name.trim()).filter(name => name !== ''))]
}

/** What the input of a local date and time holds, as the API takes it; undefined if it is empty. */
export function fromLocal (value: string): string | undefined {
  if (value === '') return undefined
  const at = new Date(value)
  return Number.isNaN(at.getTime()) ? value : at.toISOString()
}

/** The other way round: a time for the input of a local date and time. */
export function toLocal (time: string | null | undefined): string {
  if (!time) return ''
  const at = new Date(time)
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}

/** A title to click on: one of blanks could not be. `gone`: what to say where its text was removed. */
export function titleText (title: string | null, gone = 'Recalled'): string {
  return title === null ? gone : title.trim() === '' ? 'Blank title' : title
}
