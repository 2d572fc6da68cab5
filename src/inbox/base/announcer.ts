import type { InboxItem, InboxSnapshot } from '@belfry/client'
import { arrivals } from '../view/arrivals.ts'
import { put, type Words } from '../words/words.ts'
import type { BelfryClient } from './clients.ts'

/** How long arrivals are collected before they are read out, in milliseconds: at first, and after an announcement. */
const FIRST = 500
const NEXT = 5_000

/** Who reads out what arrives, of several elements with the same client. */
const speakers = new WeakMap<BelfryClient, Announcer>()

/** Tells what arrives to those who hear the page: politely, several at once, and nothing that was missed. */
export class Announcer {
  readonly #say: (text: string) => void
  #client: BelfryClient | undefined
  #before: InboxSnapshot | undefined
  #items: InboxItem[] = []
  #reminder: string | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #lastAt = -Infinity

  constructor (say: (text: string) => void) { this.#say = say }

  /** Takes the place of the one who speaks for a client, if it is free. */
  begin (client: BelfryClient): void {
    this.end()
    this.#client = client
    if (!speakers.has(client)) speakers.set(client, this)
  }

  /** What has come. `words` are read when it is announced. */
  take (snapshot: InboxSnapshot, words: () => Words): void {
    const fresh = arrivals(this.#before, snapshot)
    this.#before = snapshot
    if (fresh.length === 0 || !this.#client) return
    if (!speakers.has(this.#client)) speakers.set(this.#client, this)
    if (speakers.get(this.#client) !== this) return
    this.#items.push(...fresh)
    this.#wait(words)
  }

  /** Reads out a reminder, of which the latest is enough. */
  remind (text: string, words: () => Words): void {
    if (!this.#client || speakers.get(this.#client) !== this || this.#before?.stale) return
    this.#reminder = text
    this.#wait(words)
  }

  end (): void {
    clearTimeout(this.#timer)
    this.#timer = this.#before = this.#reminder = undefined
    this.#items = []
    if (this.#client && speakers.get(this.#client) === this) speakers.delete(this.#client)
    this.#client = undefined
  }

  #wait (words: () => Words): void {
    this.#timer ??= setTimeout(() => this.#flush(words()), Math.max(FIRST, this.#lastAt + NEXT - performance.now()))
  }

  #flush (words: Words): void {
    const items = this.#items.splice(0)
    const reminder = this.#reminder
    this.#timer = this.#reminder = undefined
    this.#lastAt = performance.now()
    const { arrived, arrivedCount } = words.messages
    const news = items.length === 0 ? undefined : items.length === 1 ? put(arrived, { title: items[0]!.title }) : words.count(arrivedCount, items.length)
    this.#say([news, reminder].filter(Boolean).join('. '))
  }
}
