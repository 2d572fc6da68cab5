import { outbound } from './outbound/examples.ts'

export const cursor = 'k3v9x0qa.2s'
export const refreshToken = '5d8oIY0dP2VdXf0J0gq1p8J8mM3c2fNwzZ3bq8h2r6E'

/** When the examples are scheduled for: within the days ahead that are allowed, so that they work when they are tried. */
const TOMORROW = new Date(Date.now() + 86_400_000).toISOString()

/**
 * Example bodies, by the name of their schema and the title that the pages show. They work with the users of
 * `npm run demo`. A form starts with the first of them.
 */
export const bodies = {
  Credentials: {
    'Platform admin': { username: 'admin', password: 'demo-admin' },
    'Admin of company_a': { username: 'alice', password: 'demo-alice' },
    'In a page of this server': { username: 'admin', password: 'demo-admin', cookie: true }
  },
  Refresh: {
    'Of a login': { refresh_token: refreshToken }
  },
  Confirmation: {
    'Of the platform admin': { password: 'demo-admin' }
  },
  Logout: {
    Here: {},
    Everywhere: { everywhere: true }
  },
  NewKey: {
    'To send to a company': { name: 'billing backend', scopes: ['send:company:company_a'] },
    'To read everything': { name: 'dashboard', scopes: ['inbox:read', 'metrics:read'] },
    'To try something out': { name: 'trial', scopes: ['send:company:company_a'], rate_limit: 60, expires_at: '2099-01-31T12:00:00Z' }
  },
  Send: {
    'To everyone': { title: 'Hello', message: 'Belfry is up', priority: 'info', topic: 'greetings' },
    'To the admins of a company': {
      title: 'Payment failed',
      message: 'The card on file was declined.',
      priority: 'warning',
      topic: 'billing',
      audience: { companies: ['company_a'], roles: ['admin'] }
    },
    'To one user, safe to retry, until a date': {
      id: 'order-1742-shipped',
      title: 'Order shipped',
      message: 'Order 1742 is on its way.',
      priority: 'success',
      topic: 'orders',
      data: { order: 1742 },
      expires_at: '2099-12-31T12:00:00Z',
      audience: { users: ['0192f0c1-7b3a-7e55-8f7e-3f6f0a9b1c2d'] }
    },
    'To a group, but not to the author': {
      title: 'New comment',
      message: 'Can it be delivered on Monday?',
      priority: 'info',
      topic: 'comments',
      audience: { groups: ['order-1742'], company: 'company_a', not: { users: ['auth0|5f7c8ec7c33c6c004bbafe82'] } }
    },
    'With a link, an icon and buttons': {
      title: 'Order shipped',
      message: 'Order 1742 is on its way.',
      priority: 'success',
      topic: 'orders',
      url: '/orders/1742',
      icon: 'https://shop.example/icons/parcel.png',
      actions: [{ id: 'track', label: 'Track it', url: 'https://shop.example/orders/1742/tracking' }, { id: 'later', label: 'Remind me' }],
      urgency: 'low',
      data: { key: 'order_shipped', args: { order: 1742 } }
    },
    'In place of the one before': {
      title: '3 new comments',
      message: 'On "Roadmap for spring".',
      priority: 'info',
      topic: 'comments',
      replace_key: 'post-17-comments',
      audience: { companies: ['company_a'] }
    },
    'To a company, tomorrow': {
      title: 'Maintenance tonight',
      message: 'We are back at 02:00 UTC.',
      priority: 'warning',
      topic: 'maintenance',
      send_at: TOMORROW,
      audience: { companies: ['company_a'] }
    }
  },
  Batch: {
    'To two users': {
      items: [
        { id: 'order-1742-ready', title: 'Order ready', message: 'Order 1742 can be picked up.', priority: 'success', topic: 'orders', audience: { users: ['auth0|5f7c8ec7c33c6c004bbafe82'] } },
        { id: 'order-1743-ready', title: 'Order ready', message: 'Order 1743 can be picked up.', priority: 'success', topic: 'orders', audience: { users: ['0192f0c1-7b3a-7e55-8f7e-3f6f0a9b1c2d'] } }
      ]
    }
  },
  PlanChange: {
    'Another time': { send_at: TOMORROW },
    'Another text': { title: 'Maintenance tonight, postponed', message: 'We are back at 04:00 UTC.', revision: 1 }
  },
  Envelope: {
    Shortest: {
      type: 'notification',
      payload: { title: 'Maintenance tonight', message: 'We are back at 02:00 UTC.', type: 'warning' }
    },
    'In full': {
      id: 'notif_1746245726.463395',
      type: 'notification',
      payload: {
        id: 'notif_1746245726.463395',
        title: 'User Update',
        message: 'New features are available for Company A users',
        type: 'info',
        created_at: '2025-05-03T11:15:26.463425',
        read: false,
        url: '/whats-new',
        urgency: 'low',
        data: { topic: 'new_features' }
      }
    }
  },
  Edit: {
    'Another text': { message: 'We are back at 03:00 UTC.' },
    'Unless somebody else has edited it': { title: 'Maintenance is over', type: 'success', expires_at: null, revision: 1 }
  },
  ReadAll: {
    Everything: {},
    'One topic': { topic: 'billing' }
  },
  Mark: {
    'Archive two': { as: 'archived', ids: ['0192f0c1-8d10-7c3e-9b52-1f0e6a7d4c88', 'order-1742-shipped'] },
    'Acknowledge one': { as: 'acknowledged', ids: ['order-1742-shipped'] },
    'Restore what was deleted': { as: 'restored', ids: ['0192f0c1-8d10-7c3e-9b52-1f0e6a7d4c88'] },
    'Delete one, unless that was taken back since': { as: 'deleted', ids: ['order-1742-shipped'], since: cursor }
  },
  NewUser: {
    'With a password': { username: 'dave', password: 'correct horse battery', role: 'user', company: 'company_a' },
    'Platform admin': { username: 'grace', password: 'correct horse battery', role: 'admin' },
    'With the id of an identity provider': { id: 'auth0|5f7c8ec7c33c6c004bbafe82', username: 'heidi', role: 'user', company: 'company_a' }
  },
  GroupSettings: {
    'Closed: only admins and backends change its members': { name: 'Order 1742' },
    'Open: users of its company join and leave': { name: 'Release notes', open: true }
  },
  MemberChange: {
    'Two more, one less': { add: ['0192f0c1-7b3a-7e55-8f7e-3f6f0a9b1c2d', 'auth0|5f7c8ec7c33c6c004bbafe82'], remove: ['0192f0c1-93a2-7d51-8c1f-6b0f2a4e9d17'] }
  },
  TopicSettings: {
    'Mailed once a day, unless users choose': { description: 'What happens to your orders', channels: { mail: 'digest' } },
    'Only for those who choose it': { description: 'What is new', default: 'off' },
    'For everybody, whatever they choose': { description: 'The safety of your account', default: 'on', locked: true }
  },
  PreferencesReplacement: {
    'Nothing of one topic, quiet nights': {
      topics: { comments: { inbox: 'off' } },
      channels: { mail: 'digest' },
      quiet_hours: { timezone: 'Europe/Berlin', days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '22:00', to: '07:00' },
      digest_at: '08:00'
    },
    Nothing: {}
  },
  PreferencesChange: {
    'Mute a topic': { topics: { comments: { inbox: 'off' } } },
    'As the topic has it': { topics: { comments: null } },
    'Quiet weekends': { quiet_hours: { timezone: 'America/New_York', days: ['sat', 'sun'], from: '00:00', to: '12:00' } }
  },
  ...outbound,
  UserChange: {
    'New role': { role: 'admin' },
    'Out of the company': { company: null },
    'Where mail goes, and to whom': { name: 'Ada Lovelace', email: 'ada@example.com' }
  }
} as const satisfies Record<string, Record<string, object>>

export const user = {
  id: '0192f0c1-7b3a-7e55-8f7e-3f6f0a9b1c2d',
  username: 'alice',
  role: 'admin',
  company: 'company_a',
  created_at: '2026-01-31T12:00:00.000Z'
}

export const group = { group: 'order-1742', company: 'company_a', name: 'Order 1742', open: false, members: 17 }

export const openSession = {
  id: '0192f0c1-93a2-7d51-8c1f-6b0f2a4e9d17',
  created_at: '2026-01-31T12:00:00.000Z',
  last_used_at: '2026-01-31T18:30:00.000Z',
  address: '203.0.113.7',
  user_agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  current: true
}

export const notification = {
  id: '0192f0c1-8d10-7c3e-9b52-1f0e6a7d4c88',
  title: 'Hello',
  message: 'Belfry is up',
  type: 'info',
  created_at: '2026-01-31T12:00:00.000Z',
  read: false,
  data: { topic: 'greetings' }
}

export const updatedAt = '2026-01-31T12:10:00.000Z'

export const plan = {
  id: '0192f0c1-8d10-7c3e-9b52-1f0e6a7d4c88',
  state: 'planned',
  send_at: '2026-02-01T18:00:00.000Z',
  title: 'Maintenance tonight',
  message: 'We are back at 02:00 UTC.',
  type: 'warning',
  data: { topic: 'maintenance' },
  audience: { companies: ['company_a'] },
  sender: 'user:0192f0c1-7b3a-7e55-8f7e-3f6f0a9b1c2d',
  created_at: '2026-01-31T12:00:00.000Z',
  revision: 1
}

export const key = {
  id: '0192f0c1-a0b7-7f1a-b3c4-2d9e8f7a6b51',
  name: 'billing backend',
  scopes: ['send:company:company_a'],
  created_at: '2026-01-31T12:00:00.000Z',
  last_used_at: null,
  rate_limit: null,
  expires_at: null
}

export const requestId = '0192f0c1-7b3a-7e55-8f7e-3f6f0a9b1c2d'
export const token = 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl'
