/** What every guarded route says of itself in the document. */
export const secured = { security: [{ bearer: [] }] }

export const tags = [
  { name: 'auth', description: 'Login and who am I.' },
  { name: 'notifications', description: 'Sending, and the inbox.' },
  { name: 'broadcast', description: 'Sending to companies and roles, and recalling.' },
  { name: 'users', description: 'Users and where they stand.' },
  { name: 'keys', description: 'API keys, for backends.' },
  { name: 'operations', description: 'Health and metrics.' }
]
