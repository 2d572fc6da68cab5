import { ANY_AGE } from '../../../../src/log/age-limit.ts'
import type { Push } from '../../../../src/store/contract/pushes.ts'
import type { Place } from '../../../../src/store/contract/readers.ts'
import type { Store } from '../../../../src/store/store.ts'

export const START: Place = { seq: 0, inner: null }

export const subscription = (userId: string, id: string, overrides: object = {}) => {
  return { id, userId, endpoint: `https://push.example.net/${id}`, hash: `hash-${id}`, p256dh: 'p', auth: 'a', vapidKey: 'v', device: null, expiresAt: null, sessionId: null, ...overrides }
}
export const told = ({ notification: { content }, subscription: { id } }: Push) => `${content.id} ${id}`

/** Everything that is to be pushed from a place on, read in pages of a size: as `<notification> <subscription>`. */
export async function all (store: Store, limit = 100, from = START): Promise<string[]> {
  const found: string[] = []
  for (let after = from; ;) {
    const page = (await store.pushes(after, { old: ANY_AGE, limit }))!
    found.push(...page.pushes.map(({ push }) => told(push)))
    if (page.upTo.seq === after.seq && page.upTo.inner === after.inner) return found
    after = page.upTo
  }
}
