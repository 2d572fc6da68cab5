import { addresseesOf } from '../log/audience.ts'
import type { Actor } from './principal.ts'
import { may, mayEver } from './rights.ts'

/** The users named by the audience keys whose company decides whether the actor may address them. */
export function usersToJudge (actor: Actor, keys: string[]): string[] {
  return may(actor, 'send.all') ? [] : addresseesOf(keys).users ?? []
}

/**
 * The one company that contains the whole audience, null if no single one does; undefined if the actor
 * may not address the audience. `companies` has the company of each of `usersToJudge`.
 *
 *     company admin of a → users of a        'a'
 *     company admin of a → users of a and b  undefined
 *     platform admin     → companies a and b null
 */
export function sendScope (actor: Actor, keys: string[], companies: Map<string, string | null>): string | null | undefined {
  const addressed = addresseesOf(keys)
  const isAnywhere = may(actor, 'send.all')
  if (!addressed.companies && (isAnywhere || !addressed.users)) return isAnywhere ? null : undefined
  const within = new Set(addressed.companies ?? addressed.users!.map(id => companies.get(id) ?? null))
  for (const company of within) if (!may(actor, 'send.company', { company })) return undefined
  // Nobody is left of the audience: who may send to nobody at all may not send this either.
  if (within.size === 0 && !mayEver(actor, 'send.company')) return undefined
  return within.size === 1 ? [...within][0]! : null
}
