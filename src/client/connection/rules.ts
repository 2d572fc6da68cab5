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
  /** The server answers, but the transport did not get through to it: it is blocked, or the server has just come back. */
  _isSuspect?: boolean
}

const ME = '/api/auth/me'
const isMe = ({ status, body }: Answer) => status === 200 && typeof body?.id === 'string'
/** Whether it is what Belfry itself answers where it would refuse the upgrade too: not 404, nor 426. */
const isOwn = ({ status, body }: Answer) => /^(40[13]|429|5)/.test(`${status}`) && typeof body?.code === 'string'

/**
 * Finds out why a link came to nothing: its error is `network`, or the one that the server answered with. A browser hides why a
 * WebSocket was not opened: `ask` sends plain requests, whose answers tell an outage from refused credentials, and both from a
 * proxy that lets no WebSockets through. `name` is that of the transport. Never rejects.
 *
 *     /api/auth/me   the path of the socket   /api/auth/me
 *     no answer                                              network
 *     200            401, 403, 429, 5xx of Belfry            the error of that answer
 *     200            anything else                           suspect
 *     200            no answer                no answer      network: the server goes away, or comes back
 *     200            no answer                200            suspect: the path as a whole is blocked
 */
export async function find (end: LinkEnd, name: string, ask: (path: string) => Promise<Answer>): Promise<Finding> {
  let { answer } = end
  let reason = reasonOf(end)
  const networkError = () => new BelfryError('network', `${name}: ${reason}`)
  try {
    // With another code, the server said why.
    if (end.code !== NO_CODE && end.code !== LOST) throw new Error(reason)
    answer ??= await ask(ME)
    if (!end.answer && isMe(answer)) {
      // The upgrade alone was refused. Asked for without one, the server says whether it was its own doing.
      const refusal = await ask(SOCKET_PATH).catch(() => {})
      answer = refusal ?? await ask(ME)
      if (refusal ? !isOwn(refusal) : isMe(answer)) return { _end: end, _error: networkError(), _isSuspect: true }
    }
  } catch (error) {
    if (!end.reason) ({ message: reason } = error as Error)
    return { _end: end, _error: networkError() }
  }
  if (answer.status === 401) return { _end: { ...end, code: 4401 } }
  const error = errorOf(answer)
  return answer.status === 403 && end.answer ? { _end: { code: 4403, reason: error.message } } : { _end: end, _error: error }
}
