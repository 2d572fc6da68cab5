/** For the schema of every route that asks for credentials. */
export const secured = { security: [{ bearer: [] }] }

export const tags = [
  { name: 'auth', description: 'Login, sessions, and whose credentials these are.' },
  { name: 'notifications', description: 'Sending, and the inbox.' },
  { name: 'broadcast', description: 'Sending to companies, roles and groups, editing and recalling.' },
  { name: 'scheduled', description: 'Notifications that are sent later.' },
  { name: 'events', description: 'The event log, for backends.' },
  { name: 'webhooks', description: 'Events of the log, posted to other servers.' },
  { name: 'push', description: 'Notifications on devices whose page is closed (Web Push).' },
  { name: 'reports', description: 'Who got a notification, and what they made of it.' },
  { name: 'stream', description: 'Notifications as they are sent, over plain HTTP.' },
  { name: 'users', description: 'Users, their roles and companies.' },
  { name: 'groups', description: 'Groups of users, and their members.' },
  { name: 'preferences', description: 'Settings of topics, and what users want of them.' },
  { name: 'keys', description: 'API keys, for backends.' },
  { name: 'operations', description: 'Health and metrics.' }
]
