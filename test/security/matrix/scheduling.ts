import { uuidv7 } from 'uuidv7'
import { keysOfAudience, type Audience } from '../../../src/log/audience.ts'
import type { App } from '../../helper.ts'
import { keys, users, type Actor } from './actors.ts'
import type { Request, Row } from './operations.ts'

/** A plan that waits until long after the test. */
async function newPlan (app: App, audience: Audience, sender: string, scope: string | null): Promise<string> {
  const id = uuidv7()
  const body = JSON.stringify({ id, title: 'Hello', message: 'there', type: 'info', read: false, created_at: '2026-01-31T12:00:00.000Z', data: {} })
  await app.store.schedule({
    id, idempotencyKey: null, sender, scope, keys: keysOfAudience(audience), digest: '', type: 'info', topic: null, at: 0, expiresAt: null, sendAt: Date.now() + 3_600_000, body
  }, 1_000_000)
  return id
}

const answers = (status: number, who: readonly Actor[]) => Object.fromEntries(who.map(actor => [actor, status]))

const OPERATIONS: [operation: string, request: (url: string) => Request][] = [
  ['getScheduled', url => ({ method: 'GET', url })],
  ['changeScheduled', url => ({ method: 'PATCH', url, body: { message: 'new' } })],
  ['cancelScheduled', url => ({ method: 'DELETE', url })]
]

/** Who may do all of this with a plan. */
const plans: [about: string, audience: Audience, sender: string, scope: string | null, who: Actor[]][] = [
  ['to A by its admin', { companies: ['company_a'] }, 'user:alice', 'company_a', ['root', 'alice']],
  ['to A by one who was admin', { companies: ['company_a'] }, 'user:bob', 'company_a', ['root', 'alice', 'bob']],
  ['to A by a key', { companies: ['company_a'] }, 'key:key-send-company-company_a', 'company_a', ['root', 'alice', 'key send:company:company_a']],
  ['to B', { companies: ['company_b'] }, 'user:root', 'company_b', ['root', 'dave']],
  ['to everyone', { all: true }, 'user:root', null, ['root']],
  ['to everyone by a key', { all: true }, 'key:key-send-all', null, ['root', 'key send:all']]
]

export const scheduling: Row[] = [
  { operation: 'listScheduled', request: () => ({ method: 'GET', url: '/api/scheduled' }), answers: answers(200, [...users, ...keys]) },
  ...OPERATIONS.flatMap(([operation, request]): Row[] => [
    ...plans.map(([about, audience, sender, scope, who]): Row => ({
      operation, about, request: async app => request(`/api/scheduled/${await newPlan(app, audience, sender, scope)}`), answers: answers(200, who)
    })),
    { operation, about: 'never planned', request: () => request('/api/scheduled/never-planned'), answers: answers(404, ['root']) }
  ])
]
