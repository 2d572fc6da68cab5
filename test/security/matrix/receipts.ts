import { keysOfAudience, type Audience } from '../../../src/log/audience.ts'
import { draftOf } from '../../../src/notification/draft.ts'
import { hello, type App } from '../../helper.ts'
import { users, type Actor } from './actors.ts'
import type { Row } from './operations.ts'

const answers = (status: number, who: readonly Actor[]) => Object.fromEntries(who.map(actor => [actor, status]))

async function send (app: App, audience: Audience, sender: string, scope: string | null): Promise<string> {
  const { priority: type, topic, ...text } = hello
  return (await app.store.notify(draftOf({ ...text, type: type as 'info', data: { topic } }, { keys: keysOfAudience(audience), sender, scope }))).id
}

/** Who may see the report on what. */
const sent: [about: string, audience: Audience, sender: string, scope: string | null, who: Actor[]][] = [
  ['to A by its admin', { companies: ['company_a'] }, 'user:alice', 'company_a', ['root', 'alice']],
  ['to A by one who was admin', { companies: ['company_a'] }, 'user:bob', 'company_a', ['root', 'alice', 'bob']],
  ['to A by a key', { companies: ['company_a'] }, 'key:key-send-company-company_a', 'company_a', ['root', 'alice', 'key send:company:company_a']],
  ['to B', { companies: ['company_b'] }, 'user:root', 'company_b', ['root', 'dave']],
  ['to A and B', { companies: ['company_a', 'company_b'] }, 'user:root', null, ['root']]
]

const READS: [operation: string, path: string][] = [['getReport', ''], ['listRecipients', '/users?state=delivered'], ['getRecipient', '/users/carol']]

const reading = sent.flatMap(([about, audience, sender, scope, who]) => READS.map(([operation, path]): Row => ({
  operation,
  about,
  request: async app => ({ method: 'GET', url: `/api/reports/${await send(app, audience, sender, scope)}${path}` }),
  answers: answers(200, [...who, 'key reports:read'])
})))

export const receipts: Row[] = [
  {
    operation: 'acknowledgeDelivery',
    request: app => ({ method: 'POST', url: '/api/notifications/ack', body: { cursor: `${app.store.epoch}.0`, device: 'phone' } }),
    // Nobody has such a device.
    answers: answers(409, users)
  },
  { operation: 'acknowledgeNotification', request: () => ({ method: 'PUT', url: '/api/notifications/never-sent/acknowledge' }), answers: answers(404, users) },
  ...reading,
  ...sent.map(([about, audience, sender, scope, who]): Row => ({
    operation: 'remindOutstanding',
    about,
    request: async app => ({ method: 'POST', url: `/api/reports/${await send(app, audience, sender, scope)}/remind` }),
    // It need not be acknowledged.
    answers: answers(409, who)
  })),
  { operation: 'remindOutstanding', about: 'of nothing', request: () => ({ method: 'POST', url: '/api/reports/never-sent/remind' }), answers: answers(404, ['root'] satisfies Actor[]) },
  ...READS.map(([operation, path]): Row => ({
    operation,
    about: 'on nothing',
    request: () => ({ method: 'GET', url: `/api/reports/never-sent${path}` }),
    answers: answers(404, ['root', 'key reports:read'] satisfies Actor[])
  }))
]
