import type { Store } from '../../../../src/store/store.ts'
import type { Random } from '../../../random.ts'
import type { Clock } from '../engine.ts'
import type { Model } from './model.ts'
import type { Sending } from './said.ts'

/** Few names, so that histories cross: some are odd, and ids are also usernames. */
export const USERS = ['u1', 'u2', 'u3', 'u4', 'u5', 'u/6']
export const NAMES = ['Ann', 'Ben', ...USERS]
export const ROLES = ['admin', 'user', 'x%y']
export const COMPANIES = ['a', 'b', 'a/user']
export const GROUPS = ['g1', 'g2', 'g/3%']
/** Low, so that they are reached. */
export const LIMITS = { perGroup: 4, perUser: 3 }
export const TOPICS = ['t1', 't2']
export const TYPES = ['info', 'error'] as const
export const ACTIONS = ['accept', 'decline']

/** A store and its model, and what one history does to both. */
export interface World {
  /** Another one after a restart. */
  store: Store
  model: Model
  random: Random
  clock: Clock
  /** What was sent, in order. */
  sent: Sending[]
}

/** One write: as the store does it, and as the model says it should go. */
export interface Step { name: string, actual: () => Promise<unknown>, expected: () => unknown }

/** The id of something that was sent, if anything was. */
export function someId ({ sent, random }: World): string {
  return sent.length > 0 ? random.pick(sent).draft.id : 'nothing'
}
