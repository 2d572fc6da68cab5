import { addresseesOf } from '../log/audience.ts'
import type { Actor } from './principal.ts'
import { may } from './rights.ts'

/** The users among an audience's keys whose companies decide whether an actor may address them. */
export function usersToJudge (actor: Actor, keys: string[]): string[] {
  const { users = [] } = addresseesOf(keys)
  return may(actor, 'send.all') ? [] : users
}

/**
 * The company that the whole audience of these keys lies in, null if it is wider; undefined if the
 * actor may not address it. `companies` knows those of `usersToJudge`.
 */
export function sendScope (actor: Actor, keys: string[], companies: Map<string, string | null>): string | null | undefined {
  const addressed = addresseesOf(keys)
  const isAnywhere = may(actor, 'send.all')
  if (!addressed.companies && (isAnywhere || !addressed.users)) return isAnywhere ? null : undefined
  const within = new Set(addressed.companies ?? addressed.users!.map(id => companies.get(id) ?? null))
  for (const company of within) if (!may(actor, 'send.company', { company })) return undefined
  return within.size === 1 ? [...within][0]! : null
}
