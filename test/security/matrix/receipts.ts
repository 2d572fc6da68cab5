import { users, type Actor } from './actors.ts'
import type { Row } from './operations.ts'

const answers = (status: number, who: readonly Actor[]) => Object.fromEntries(who.map(actor => [actor, status]))

export const receipts: Row[] = [
  {
    operation: 'acknowledgeDelivery',
    request: app => ({ method: 'POST', url: '/api/notifications/ack', body: { cursor: `${app.store.epoch}.0`, device: 'phone' } }),
    // Nobody has such a device.
    answers: answers(409, users)
  }
]
