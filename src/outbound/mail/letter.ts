import type { MailKind } from '../../store/contract/mail.ts'
import { html } from './html.ts'
import type { Selected } from './select.ts'
import { text } from './text.ts'

/** Where the links of a mail lead. */
export interface Places {
  /** The address of the server without a slash at the end. */
  base: string
  /** Whether it serves the inbox page. */
  hasInbox: boolean
}

/** What a mail says, ready for both of its forms. Texts are as they were sent: nothing is escaped. */
export interface Words {
  subject: string
  heading: string
  items: { title: string, message: string, kind: string, shape: string, at: string, datetime: string, link: string | undefined }[]
  /** Of what is not shown. */
  more: string | undefined
  inbox: string | undefined
  why: string
  unsubscribe: { href: string, words: string }
}

export interface LetterContent {
  kind: MailKind
  items: Selected[]
  more: number
  /** In which times are written. */
  timezone: string
  topics: string[]
  places: Places
  /** What the link to unsubscribe carries. */
  token: string
}

const MAX_SUBJECT = 120
const MAX_MESSAGE = 600
/** What must not be in a line of a mail's head, nor turn the direction of the text that follows it. */
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu
const KINDS: Record<string, [shape: string, word: string]> = { info: ['●', 'Info'], success: ['✓', 'Success'], warning: ['▲', 'Warning'], error: ['◆', 'Error'] }

/** Writes a mail. */
export function write (content: LetterContent): { subject: string, text: string, html: string, unsubscribe: string } {
  const words = wordsOf(content)
  return { subject: words.subject, text: text(words), html: html(words), unsubscribe: words.unsubscribe.href }
}

export function wordsOf ({ kind, items, more, timezone, topics, places, token }: LetterContent): Words {
  const count = items.length + more
  const [first] = items as [Selected]
  const counted = count === 1 ? '1 unread notification' : `${count} unread notifications`
  const heading = kind === 'digest' ? `Your daily summary: ${counted}` : counted
  const about = topics.length === 0 ? '' : ` about ${listed(topics)}`
  return {
    subject: kind === 'digest' ? heading : count === 1 ? line(first.title) : `${line(first.title)}, and ${count - 1} more`,
    heading,
    items: items.map(({ title, message, type, url, createdAt }) => {
      const [shape, word] = KINDS[type] ?? KINDS['info']!
      const at = Date.parse(createdAt)
      return { title: line(title, Infinity), message: cut(message, MAX_MESSAGE), kind: word, shape, at: `${formatOf(timezone).format(at)} (${timezone})`, datetime: createdAt, link: linkOf(url, places.base) }
    }),
    more: more === 0 ? undefined : more === 1 ? 'One more is not shown here.' : `${more} more are not shown here.`,
    inbox: places.hasInbox ? `${places.base}/inbox` : undefined,
    why: kind === 'digest' ? 'You get this once a day, of what you have not read.' : 'You get this because you have not read it.',
    unsubscribe: { href: `${places.base}/mail/unsubscribe?token=${token}`, words: `Get no more mail${about}` }
  }
}

/** One line of text, without what cannot be seen. */
function line (text: string, max = MAX_SUBJECT): string {
  return cut(text.replaceAll(UNSEEN, ' ').trim(), max)
}

function cut (text: string, max: number): string {
  const letters = text.length > max ? [...text] : []
  return letters.length > max ? `${letters.slice(0, max - 1).join('').trimEnd()}…` : text
}

const MAX_LISTED = 3

function listed (topics: string[]): string {
  const shown = topics.slice(0, MAX_LISTED)
  if (topics.length > MAX_LISTED) return `${shown.join(', ')} and ${topics.length - MAX_LISTED} more`
  return shown.length === 1 ? shown[0]! : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)!}`
}

/** A path is of the server's own origin. What leads nowhere has no link. */
function linkOf (url: string | undefined, base: string): string | undefined {
  const parsed = url === undefined ? null : URL.parse(url, base)
  return parsed && /^(https?|mailto):$/.test(parsed.protocol) ? parsed.href : undefined
}

const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf (timeZone: string): Intl.DateTimeFormat {
  const format = formats.get(timeZone) ?? new Intl.DateTimeFormat('en-GB', { timeZone, dateStyle: 'long', timeStyle: 'short' })
  if (formats.size < 1_000) formats.set(timeZone, format)
  return format
}
