import type { Actor } from './actors.ts'
import type { Row } from './operations.ts'

const answers = (status: number, ...who: Actor[]) => Object.fromEntries(who.map(actor => [actor, status]))

export const outbound: Row[] = [
  { operation: 'listEvents', request: () => ({ method: 'GET', url: '/api/events?limit=500' }), answers: answers(200, 'root', 'alice', 'dave', 'key events:read', 'key events:read:company_a') }
]
