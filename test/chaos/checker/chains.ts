import type { Journal } from '../journal.ts'
import type { Accepted } from './truth.ts'

/** What replaced what: of the publications with one audience and key, each recalls the one before it in the log. */
export interface Chains {
  /** Ids whose place another one has taken. */
  replaced: Set<string>
  /** Ids that another one may have taken the place of: their chain has one that may have been stored without an answer. */
  uncertain: Set<string>
  /** Whether a publication may say that it replaces this one, or none. */
  mayReplace: (id: string, replaces: string | undefined) => boolean
}

/** `accepted`: in log order. */
export function followChains (accepted: Accepted[], { publications, recalls }: Journal): Chains {
  const chainOf = (id: string) => {
    const { audience, replaceKey } = publications.get(id) ?? {}
    return replaceKey === undefined ? undefined : JSON.stringify([audience, replaceKey])
  }
  const known = new Set(accepted.map(({ publication: { id } }) => id))
  // What was cancelled replaces nothing.
  const isOver = (id: string) => publications.get(id)!.changes.some(({ sendAt, outcome }) => sendAt === undefined && outcome === 'accepted')
  const openChains = new Set([...publications.keys()].filter(id => !known.has(id) && !isOver(id)).map(chainOf))
  const recalled = new Set(recalls.flatMap(({ id, outcome }) => outcome === 'refused' ? [] : [id]))
  const newest = new Map<string, string>()
  const before = new Map<string, string>()
  for (const { publication: { id } } of accepted) {
    const chain = chainOf(id)
    if (chain === undefined || openChains.has(chain)) continue
    const earlier = newest.get(chain)
    if (earlier !== undefined) before.set(id, earlier)
    newest.set(chain, id)
  }
  const isUncertain = (id: string) => chainOf(id) !== undefined && openChains.has(chainOf(id))
  return {
    replaced: new Set(before.values()),
    uncertain: new Set([...known].filter(isUncertain)),
    mayReplace (id, replaces) {
      const earlier = before.get(id)
      return isUncertain(id) || replaces === earlier || (replaces === undefined && recalled.has(earlier!))
    }
  }
}
