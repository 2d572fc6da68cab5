const keys = { p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4', auth: 'BTBZMqHH6r4Tts7J_aSIgg' }
const endpoint = 'https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV'
const receipt = '0192f0c1-c3e5-7d22-8e4f-6b7c8d9eaf01.2s.q1Xw3pTz8mUeVb0sYk2LdA'

/** Example bodies, as `bodies` of `schemas/examples.ts` has them. */
export const outbound = {
  NewWebhook: {
    'What users do with notifications': { url: 'https://shop.example/belfry', types: ['notification.read', 'notification.acknowledged', 'notification.acted', 'inbox.read_all'] },
    'One event after the other, of a company': { url: 'https://shop.example/belfry', types: ['user.created', 'user.updated', 'user.removed'], company: 'company_a', ordered: true }
  },
  WebhookChange: {
    'Another address': { url: 'https://shop.example/hooks/belfry' },
    'Make it active again': { state: 'active' }
  },
  Replay: {
    'From a cursor on': { since: 'k3v9x0qa.2s' }
  },
  NewPushSubscription: {
    'Of a browser': { endpoint, expirationTime: null, keys, device: 'phone' }
  },
  PushReceipt: {
    'It was shown': { receipt, state: 'delivered' },
    'An action was chosen': { receipt, state: 'acted', action: 'later' }
  }
} as const

export const event = {
  cursor: 'k3v9x0qa.2s',
  type: 'notification.read',
  at: '2026-01-31T12:04:00.000Z',
  user_id: '0192f0c1-7b3a-7e55-8f7e-3f6f0a9b1c2d',
  notification_ids: ['0192f0c1-8d10-7c3e-9b52-1f0e6a7d4c88']
}

export const webhook = {
  id: '0192f0c1-b2d4-7c11-9d3e-5a6f7c8b9d10',
  url: 'https://shop.example/belfry',
  types: ['notification.read', 'notification.acknowledged'],
  company: 'company_a',
  ordered: false,
  state: 'active',
  disabled_reason: null,
  failing_since: null,
  missed: 0,
  missed_at: null,
  created_at: '2026-01-31T12:00:00.000Z'
}

export const push = {
  ...keys,
  endpoint,
  receipt,
  key: 'BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8',
  subscription: { id: '0192f0c1-c3e5-7d22-8e4f-6b7c8d9eaf01', endpoint, device: 'phone', created_at: '2026-01-31T12:00:00.000Z', renewed_at: '2026-01-31T12:00:00.000Z', expires_at: null }
}
