import type { Mutations } from '../checker/mutations.ts'
import type { Journal } from '../journal.ts'
import { bounceMutations, hasBounces } from './mutations/bounces.ts'
import { digestMutations, hasDigests } from './mutations/digests.ts'
import { hasLetters, letterMutations } from './mutations/letters.ts'

export function hasMail (journal: Journal): boolean {
  return hasLetters(journal) && hasDigests(journal) && hasBounces(journal)
}

/** What may go wrong between the log and the mail server. */
export const mailMutations: Mutations = { ...letterMutations, ...digestMutations, ...bounceMutations }
