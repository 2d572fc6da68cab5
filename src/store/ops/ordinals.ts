/** How many notifications a full block of a key has: see `key-blocks.ts`. */
export const KEY_BLOCK = 64

/** How many ordinals are remembered from one commit to the next. */
const MAX_REMEMBERED = 10_000

/** Where the notifications of a block begin and end that have a topic and a type. */
export interface InBlock { topic: string | null, type: string, low: number, high: number }

/** What is remembered of a key: ordinals by topic, with null that of all its notifications, and what its newest block has so far, if that is known from its first notification on. */
interface Remembered { ordinals: Map<string | null, number>, block: InBlock[] | undefined }

/**
 * The last ordinals in the audience index, as far as they are known: of each key's notifications, and of each key's
 * and topic's; and what is in the blocks that they will fill. They may be kept for the next commit if nothing else was
 * committed between.
 */
export class LastOrdinals {
  readonly #byKey = new Map<string, Remembered>()
  #size = 0
  /** The log's `seq` of which these are the ordinals. */
  #seq = 0

  /** Of a key's notifications with this topic; with null, of all of the key's. Undefined if it is not known. */
  get (key: string, topic: string | null): number | undefined {
    return this.#byKey.get(key)?.ordinals.get(topic)
  }

  /** Notes an ordinal without what has it: so the key's block is not known any more. */
  set (key: string, topic: string | null, ordinal: number): void {
    const known = this.#of(key)
    this.#remember(known, topic, ordinal)
    known.block = undefined
  }

  /**
   * Notes a notification with its ordinals. If it fills a block of its key, returns what the block has, or 'unknown';
   * else undefined.
   */
  add (key: string, { seq, topic, type, ordinal, topicOrdinal }: { seq: number, topic: string | null, type: string, ordinal: number, topicOrdinal: number | null }): InBlock[] | 'unknown' | undefined {
    const known = this.#of(key)
    this.#remember(known, null, ordinal)
    if (topic !== null) this.#remember(known, topic, topicOrdinal!)
    if (ordinal % KEY_BLOCK === 1) known.block = []
    const { block } = known
    const same = block?.find(entry => entry.topic === topic && entry.type === type)
    if (same) same.high = seq
    else block?.push({ topic, type, low: seq, high: seq })
    if (ordinal % KEY_BLOCK !== 0) return undefined
    known.block = undefined
    return block ?? 'unknown'
  }

  #of (key: string): Remembered {
    let known = this.#byKey.get(key)
    if (!known) this.#byKey.set(key, known = { ordinals: new Map(), block: undefined })
    return known
  }

  #remember ({ ordinals }: Remembered, topic: string | null, ordinal: number): void {
    const { size } = ordinals
    ordinals.set(topic, ordinal)
    this.#size += ordinals.size - size
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
