import type { Reconnect } from '../../protocol/close-codes.ts'
import { SOCKET_PATH } from '../../protocol/endpoint.ts'
import { exceptions } from '../../protocol/reconnect.ts'
import { errorOf, type Answer } from '../shared/answer.ts'
import { BelfryError } from '../errors.ts'
import type { LinkEnd } from './transport.ts'

/** What clients report where no close code came. RFC 6455 §7.1.5. */
const NO_CODE = 1005
export const LOST = 1006

/** Whether to reconnect after a close: as the server says, or as the table of close codes does; after an unknown code, yes. */
export function reconnectAfter ({ code, reconnect }: LinkEnd): Reconnect {
  return reconnect ?? (exceptions as Record<number, Reconnect>)[code] ?? 'yes'
}

/** The reason in words. */
export function reasonOf ({ code, reason }: LinkEnd): string {
  return reason || (code === LOST ? 'lost, or never opened' : 'closed')
}

/** Why a link ended: the close code that stands for it, and what to tell of it. */
export interface Finding {
  _end: LinkEnd
  _error?: BelfryError
}

/**
 * Finds out why a link came to nothing: its error is `network`, `blocked`, or the one that the server answered with. A browser
 * hides why a WebSocket was not opened: `ask` sends plain requests, whose answers tell an outage from refused credentials, and
 * both from a proxy that lets no WebSockets through. `name` is that of the transport. Never rejects.
 */
export async function find (end: LinkEnd, name: string, ask: (path: string) => Promise<Answer>): Promise<Finding> {
  let { answer } = end
  let reason = reasonOf(end)
  try {
    // With another code, the server said why.
    if (end.code !== NO_CODE && end.code !== LOST) throw new Error(reason)
    answer ??= await ask('/api/auth/me')
    if (!end.answer && answer.status === 200 && typeof answer.body?.id === 'string') {
      // The upgrade alone was refused. Asked for without one, the server says whether it was its own doing.
      answer = await ask(SOCKET_PATH)
      if (answer.status === 426 || typeof answer.body?.code !== 'string') return { _end: end, _error: new BelfryError('blocked', `the server answers, but not to ${name}: ${reason}`) }
    }
  } catch (error) {
    if (!end.reason) ({ message: reason } = error as Error)
    return { _end: end, _error: new BelfryError('network', `${name}: ${reason}`) }
  }
  if (answer.status === 401) return { _end: { ...end, code: 4401 } }
  const error = errorOf(answer)
  return answer.status === 403 && end.answer ? { _end: { code: 4403, reason: error.message } } : { _end: end, _error: error }
}
