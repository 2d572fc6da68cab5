/** How many ordinals are remembered from one commit to the next. */
const MAX_REMEMBERED = 10_000

/**
 * The last ordinals in the audience index, as far as they are known: of each key's notifications, and of each key's
 * and topic's. They may be kept for the next commit if nothing else was committed between.
 */
export class LastOrdinals {
  readonly #byKey = new Map<string, Map<string | null, number>>()
  #size = 0
  /** The log's `seq` of which these are the ordinals. */
  #seq = 0

  /** Of a key's notifications with this topic; with null, of all of the key's. Undefined if it is not known. */
  get (key: string, topic: string | null): number | undefined {
    return this.#byKey.get(key)?.get(topic)
  }

  set (key: string, topic: string | null, ordinal: number): void {
    let ofKey = this.#byKey.get(key)
    if (!ofKey) this.#byKey.set(key, ofKey = new Map())
    const { size } = ofKey
    ofKey.set(topic, ordinal)
    this.#size += ofKey.size - size
  }

  clear (): void {
    this.#byKey.clear()
    this.#size = 0
  }

  /** Begins a commit at the log's `seq`: forgets everything if another writer has moved the log on, or if it has become too much. */
  begin (seq: number): void {
    if (seq !== this.#seq || this.#size > MAX_REMEMBERED) this.clear()
    this.#seq = seq
  }

  /** Notes that a commit has moved the log on to `seq`. */
  end (seq: number): void {
    this.#seq = seq
  }
}
