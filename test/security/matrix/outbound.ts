import { uuidv7 } from 'uuidv7'
import type { App } from '../../helper.ts'
import { draftOf } from '../../../src/notification/draft.ts'
import { Vapid } from '../../../src/outbound/push/vapid.ts'
import { actors, users, type Actor } from './actors.ts'
import type { Request, Row } from './operations.ts'

/** By what push services know the application of the matrix. */
export const identity = { subject: 'mailto:ops@example.com', privateKey: 'yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw' }
const vapid = new Vapid(identity)

const answers = (status: number, ...who: Actor[]) => Object.fromEntries(who.map(actor => [actor, status]))

/** Never called: by the rules of addresses, nobody is asked there. */
const inside = 'https://127.0.0.1/hook'

/** The webhook of a company, made again if it was removed. */
async function webhookOf (app: App, company: string | null): Promise<string> {
  const id = `webhook-${company}`
  if (!await app.store.webhook(id)) await app.store.createWebhook({ id, url: inside, types: ['webhook.disabled'], company, isOrdered: false, secret: 'whsec_AAAA' })
  return id
}

/** So that the next one finds room. */
async function removeAll (app: App): Promise<void> {
  for (const { id } of await app.store.webhooks({ limit: 200 })) await app.store.removeWebhook(id)
}

const OF: [about: string, company: string | null, who: Actor[]][] = [['of company A', 'company_a', ['root', 'alice']], ['of everybody', null, ['root']]]

const create = (about: string, company: string | undefined, who: Actor[]): Row => ({
  operation: 'createWebhook',
  about,
  answers: answers(201, ...who),
  request: async app => {
    await removeAll(app)
    return { method: 'POST', url: '/api/webhooks', body: { url: 'https://webhooks.example/hook', types: ['webhook.disabled'], ...(company === undefined ? {} : { company }) } }
  }
})

const ON: [operation: string, status: number, to: (path: string, app: App) => Request][] = [
  ['getWebhook', 200, path => ({ method: 'GET', url: path })],
  ['changeWebhook', 200, path => ({ method: 'PATCH', url: path, body: { state: 'disabled' } })],
  ['removeWebhook', 204, path => ({ method: 'DELETE', url: path })],
  ['rotateWebhook', 200, path => ({ method: 'POST', url: `${path}/rotate` })],
  ['testWebhook', 200, path => ({ method: 'POST', url: `${path}/test` })],
  ['listAttempts', 200, path => ({ method: 'GET', url: `${path}/attempts` })],
  ['replayWebhook', 200, (path, app) => ({ method: 'POST', url: `${path}/replay`, body: { since: `${app.store.epoch}.1` } })]
]

/** As a browser makes them. */
const keys = { p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4', auth: 'BTBZMqHH6r4Tts7J_aSIgg' }

/** A subscription of bob. */
async function subscriptionOfBob (app: App): Promise<string> {
  const id = uuidv7()
  await app.store.putPushSubscription({ id, userId: 'bob', endpoint: `https://push.example.net/${id}`, hash: id, ...keys, vapidKey: 'v', device: null, expiresAt: null, sessionId: null })
  return id
}

/** A receipt of a push to bob: whoever has it may say what became of it. */
async function receiptOfBob (app: App): Promise<string> {
  const { seq } = await app.store.notify(draftOf({ ...text, type: 'info' }, { keys: ['u:bob'], sender: 'user:root', scope: null }))
  return vapid.receipt({ subscriptionId: await subscriptionOfBob(app), seq })
}
const text = { title: 'T', message: 'M', data: {} }

const pushing: Row[] = [
  { operation: 'getPushKey', request: () => ({ method: 'GET', url: '/api/push/key' }), answers: answers(200, ...users) },
  { operation: 'listPushSubscriptions', request: () => ({ method: 'GET', url: '/api/push/subscriptions' }), answers: answers(200, ...users) },
  { operation: 'registerPushSubscription', request: () => ({ method: 'POST', url: '/api/push/subscriptions', body: { endpoint: `https://push.example.net/${uuidv7()}`, keys } }), answers: answers(201, ...users) },
  {
    operation: 'removePushSubscription',
    about: 'of bob',
    request: async app => ({ method: 'DELETE', url: `/api/push/subscriptions/${await subscriptionOfBob(app)}` }),
    answers: { ...answers(404, ...users), ...answers(204, 'bob') }
  },
  { operation: 'takePushReceipt', request: async app => ({ method: 'POST', url: '/api/push/receipt', body: { receipt: await receiptOfBob(app), state: 'delivered' } }), answers: answers(204, ...actors) }
]

export const outbound: Row[] = [
  ...pushing,
  { operation: 'unsubscribeMail', about: 'with a link from a mail', request: app => ({ method: 'POST', url: `/mail/unsubscribe?token=${app.mailLinks.sign({ userId: 'nobody', createdAt: 0, topics: null })}` }), answers: answers(200, ...actors) },
  { operation: 'listEvents', request: () => ({ method: 'GET', url: '/api/events?limit=500' }), answers: answers(200, 'root', 'alice', 'dave', 'key events:read', 'key events:read:company_a') },
  { operation: 'listWebhooks', request: () => ({ method: 'GET', url: '/api/webhooks' }), answers: answers(200, 'root', 'alice', 'dave') },
  create('of company A', 'company_a', ['root', 'alice']),
  create('of company B', 'company_b', ['root', 'dave']),
  create('of their own', undefined, ['root', 'alice', 'dave']),
  ...OF.flatMap(([about, company, who]) => ON.map(([operation, status, to]): Row => ({
    operation, about, answers: answers(status, ...who), request: async app => to(`/api/webhooks/${await webhookOf(app, company)}`, app)
  }))),
  ...ON.map(([operation, , to]): Row => ({ operation, about: 'that is none', answers: answers(404, 'root'), request: async app => to('/api/webhooks/none', app) }))
]
