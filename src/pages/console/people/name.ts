import type { User } from '../../../client/index.ts'

/** What a user is called on the screen. */
export function nameOf ({ name, username, id }: Pick<User, 'name' | 'username' | 'id'>): string {
  return name ?? username ?? id
}
