import type { Reconnect } from '../../protocol/close-codes.ts'
import type { BelfryError } from '../errors.ts'
import type { LinkEnd } from '../transport.ts'
import { errorOf, type Answer } from './http.ts'
import { reconnectAfter } from './rules.ts'

/** What to do after a link ended: as the table of close codes says, or try another transport. */
export interface Verdict {
  next: Reconnect | 'blocked'
  /** The close code that this stands for, if the link ended without one. */
  code?: number
  /** Milliseconds that the server asks to wait. */
  retryAfter?: number | undefined
  /** To be told to the application. */
  error?: BelfryError
}

/** Whether the server said why it closed a link: not if nothing came of it, whatever it is that failed. */
export function saysWhy ({ code }: LinkEnd): boolean {
  return code !== 1005 && code !== 1006
}

/** After a link that was welcomed, or was closed with a code. */
export function verdictOfEnd (end: LinkEnd): Verdict {
  return { next: reconnectAfter(end), retryAfter: end.retryAfter }
}

/**
 * After a link that came to nothing. A browser does not say why a WebSocket was not opened: `ask` sends a plain request, whose
 * answer tells an outage from refused credentials, and both from a proxy that lets no WebSockets through.
 */
export async function verdictOfFailure ({ status, retryAfter, problem }: LinkEnd, ask: () => Promise<Answer>): Promise<Verdict> {
  if (status === 403) return { next: 'no', code: 4403 }
  const answer = status === undefined ? await ask().catch(() => undefined) : { status, retryAfter, body: problem }
  // No answer: there is nothing to be told, nor anything wrong with the token.
  if (!answer) return { next: 'yes' }
  if (answer.status === 401) return { next: 'token' }
  if (answer.status === 200 && typeof answer.body?.id === 'string') return { next: 'blocked' }
  const isBusy = answer.status === 429 || answer.status === 503
  return { next: 'yes', retryAfter: answer.retryAfter, ...(isBusy && !problem ? {} : { error: errorOf(answer) }) }
}
