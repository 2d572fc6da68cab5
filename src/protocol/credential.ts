/** What API keys begin with. */
export const KEY_PREFIX = 'blf_'

/** Whether a credential is a ticket: tokens contain dots and API keys have a prefix; tickets have neither. */
export function isTicket (credential: string): boolean {
  return !credential.includes('.') && !credential.startsWith(KEY_PREFIX)
}
