import type { Inbox, InboxItem } from '@belfry/client'
import { background } from '../base/background.ts'
import { Countdown } from '../view/countdown.ts'
import type { Messages } from '../words/messages.ts'
import type { Verb } from '../rows/row.ts'

/** How long a mark can be taken back, in milliseconds, while neither the pointer nor the focus is on the bar. */
const UNDO = 10_000

/** What the bar offers to take back. */
export interface Offer {
  /** Which text says what was done. */
  readonly text: keyof Messages
  /** The row that comes back. */
  readonly id: string | undefined
  readonly undo: () => Promise<boolean>
}

const said: Partial<Record<Verb, keyof Messages>> = { archive: 'didArchive', unarchive: 'didUnarchive', delete: 'didDelete' }

/** Marks, and the one that can still be taken back. */
export class Marks {
  readonly #onChange: () => void
  /** Reads a text out. */
  readonly say: (text: keyof Messages) => void
  #countdown: Countdown | undefined
  offer: Offer | undefined

  constructor (onChange: () => void, say: (text: keyof Messages) => void) {
    this.#onChange = onChange
    this.say = say
  }

  /** Marks one item. What takes it out of the list can be taken back. */
  mark (inbox: Inbox, { id }: InboxItem, verb: Verb): void {
    const calls: Record<Verb, [make: Inbox['archive'], undo: Inbox['archive']]> = {
      read: [inbox.markAsRead, inbox.markAsUnread],
      unread: [inbox.markAsUnread, inbox.markAsRead],
      archive: [inbox.archive, inbox.unarchive],
      unarchive: [inbox.unarchive, inbox.archive],
      delete: [inbox.delete, inbox.restore]
    }
    const [make, undo] = calls[verb]
    const text = said[verb]
    this.#watch(make(id))
    if (text !== undefined) this.#offer({ text, id, undo: async () => await undo(id) })
  }

  /** Acknowledges one item: nothing takes that back. */
  acknowledge (inbox: Inbox, { id }: InboxItem): void {
    this.say('didAcknowledge')
    this.#watch(inbox.acknowledge(id))
  }

  /** Marks all as read: all there are, or those of some topics that are known here. */
  readAll (inbox: Inbox, items: readonly InboxItem[], isWhole: boolean): void {
    const ids = items.filter(({ read }) => !read).map(({ id }) => id)
    this.#watch(isWhole ? inbox.markAllAsRead() : inbox.markAsRead(ids))
    this.#offer({ text: 'didReadAll', id: undefined, undo: async () => ids.length === 0 || await inbox.markAsUnread(ids) })
  }

  /** Takes back what is offered; the id of the row that comes back. */
  undo (): string | undefined {
    const { offer } = this
    if (!offer) return undefined
    this.dismiss()
    this.#watch(offer.undo())
    return offer.id
  }

  hold (name: string): void { this.#countdown?.hold(name) }
  release (name: string): void { this.#countdown?.release(name) }

  dismiss (): void {
    this.#countdown?.cancel()
    this.#countdown = this.offer = undefined
    this.#onChange()
  }

  #offer (offer: Offer): void {
    this.#countdown?.cancel()
    this.offer = offer
    this.#countdown = new Countdown(UNDO, () => this.dismiss())
    this.say(offer.text)
    this.#onChange()
  }

  #watch (done: Promise<boolean>): void {
    background(done.then(isDone => {
      if (!isDone) this.say('refused')
    }))
  }
}
