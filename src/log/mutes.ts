/*
 * Which notifications a user does not get because of their topic. A notification is judged once, by the settings that
 * are in force at its own `seq`. A setting holds for an interval of the log, `after < seq ≤ upTo`; of several that
 * hold, the one with the highest rank decides:
 *
 *     seq          1 ─────── 10 ─────── 20 ─────── 30
 *     operator                └── off ──────────────      (rank 1)
 *     user                               └── on ───      (rank 3)
 *     muted                   (10 ──── 20]
 */

/** The ranks of settings. A default loses to what the user chose, a lock wins. */
export const RANK = { operator: 1, company: 2, user: 3, companyLock: 4, operatorLock: 5 } as const

/** What is said of a topic for an interval of the log; `upTo` is Infinity while it holds. */
export interface Setting { topic: string, after: number, upTo: number, isOn: boolean, rank: number }

/** An interval in which a topic is muted. */
export interface MutedInterval { topic: string, after: number, upTo: number }

/** All that is said of topics for one user. */
export class Mutes {
  readonly #byTopic = new Map<string, Setting[]>()

  constructor (settings: Iterable<Setting>) {
    for (const setting of settings) {
      const known = this.#byTopic.get(setting.topic)
      if (known) known.push(setting)
      else this.#byTopic.set(setting.topic, [setting])
    }
  }

  /** Whether the notification `seq` of a topic is muted; one without a topic never is. */
  isMuted (topic: string | null, seq: number): boolean {
    const settings = topic === null ? undefined : this.#byTopic.get(topic)
    return settings !== undefined && decisive(settings, seq)?.isOn === false
  }

  /** The intervals of the log in which topics are muted: those of one topic do not overlap. */
  intervals (): MutedInterval[] {
    return [...this.#byTopic].flatMap(([topic, settings]) => settings.some(({ isOn }) => !isOn) ? intervalsOf(topic, settings) : [])
  }
}

/** The setting that decides at `seq`; undefined if none holds there. */
export function decisive<S extends Setting> (settings: readonly S[], seq: number): S | undefined {
  let best: S | undefined
  for (const setting of settings) {
    if (setting.after < seq && seq <= setting.upTo && (best === undefined || setting.rank > best.rank)) best = setting
  }
  return best
}

function intervalsOf (topic: string, settings: Setting[]): MutedInterval[] {
  const ends = [...new Set(settings.flatMap(({ after, upTo }) => [after, upTo]))].sort((a, b) => a - b)
  const intervals: MutedInterval[] = []
  for (const [index, after] of ends.slice(0, -1).entries()) {
    const upTo = ends[index + 1]!
    // The same setting decides for all of `(after, upTo]`.
    if (decisive(settings, after + 1)?.isOn !== false) continue
    const last = intervals.at(-1)
    if (last?.upTo === after) last.upTo = upTo
    else intervals.push({ topic, after, upTo })
  }
  return intervals
}
