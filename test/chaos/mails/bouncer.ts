import type { Answer } from '../api.ts'
import { placeOf } from '../checker/truth.ts'
import type { Journal } from '../journal.ts'
import type { Asking } from '../requests.ts'
import type { AddressLog } from './journal.ts'

/** Whose mails bounce. */
export const BOUNCER = 'company_a.boss'
/** `gone`: the recipient is refused; `full`: the mail is, but for one in between. */
export type Box = 'gone' | 'full' | 'there'
/** Which mail a full mailbox takes, counted from 0. */
const TAKEN_BY_FULL = 1
/** After how many bounces an address gets no more mail: of a full one, one does not count. */
const BOUNCES: Record<Box, number> = { gone: 3, full: 4, there: Infinity }
const PAGE = 500

/** A user whose addresses refuse mail for good, one after the other, until nothing more is sent there. */
export class Bouncer {
  /** Whether all mailboxes are there again. */
  isOver = false
  readonly #journal: Journal
  readonly #ask: (asking: Asking) => Promise<Answer>
  #box: Box = 'there'
  #current: AddressLog | undefined
  #count = 0
  #isMoving = false
  /** Of the mails that a full mailbox was given, in their order. */
  readonly #given: string[] = []
  /** Up to where the event feed was read. */
  #since = ''

  constructor (journal: Journal, ask: (asking: Asking) => Promise<Answer>) {
    this.#journal = journal
    this.#ask = ask
  }

  /** Gives the user another address, with such a mailbox. */
  async move (box: Box): Promise<void> {
    const address = `boss-${this.#count++}@${box}.example`
    const after = await this.#head()
    const { status } = await this.#ask({ method: 'PATCH', path: `/api/users/${BOUNCER}`, body: { email: address } })
    if (status !== 200) throw new Error(`${BOUNCER} cannot be mailed: ${status}`)
    this.#given.length = 0
    this.#box = box
    this.#current = { address, user: BOUNCER, after, until: await this.#head() }
    this.#journal.mail.addresses.push(this.#current)
  }

  /** Puts the address right when nothing more is sent there: by another one, which soon refuses mail too. */
  async act (): Promise<void> {
    if (this.#isMoving || this.isOver) return
    this.#isMoving = true
    if (await this.hasBounced()) await this.move(this.#box === 'full' ? 'gone' : 'full')
    this.#isMoving = false
  }

  /** Whether the address has refused so many that nothing more is sent there. */
  async hasBounced (): Promise<boolean> {
    await this.readFeed()
    const from = placeOf(this.#current!.until)
    return this.#journal.mail.failures.filter(({ cursor }) => placeOf(cursor) > from).length >= BOUNCES[this.#box]
  }

  /** Whether the recipient is refused. */
  refuses (address: string): boolean {
    return !this.isOver && address.endsWith('@gone.example')
  }

  /** Whether the mail is refused: the same at each attempt. */
  bounces ({ to, messageId }: { to: string, messageId: string }): boolean {
    if (this.isOver || to !== this.#current?.address || this.#box !== 'full') return false
    if (!this.#given.includes(messageId)) this.#given.push(messageId)
    return this.#given.indexOf(messageId) !== TAKEN_BY_FULL
  }

  /** Notes what the event feed says of mails that failed. */
  async readFeed (): Promise<void> {
    while (true) {
      const since = this.#since === '' ? '' : `&since=${this.#since}`
      const { body } = await this.#ask({ method: 'GET', path: `/api/events?types=delivery.failed&limit=${PAGE}${since}` })
      const items = body.items as { cursor: string, channel?: string, user_id: string, notification_ids?: string[] }[]
      for (const { cursor, channel, user_id: user, notification_ids: ids = [] } of items) if (channel === 'mail') this.#journal.mail.failures.push({ cursor, user, ids })
      this.#since = body.cursor
      if (items.length < PAGE) return
    }
  }

  async #head (): Promise<string> {
    return (await this.#ask({ method: 'GET', path: '/api/notifications/me/unread-count' })).body.cursor
  }
}
