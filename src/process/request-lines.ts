import { LogController, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import { senderOf, type Principal } from '../rights/principal.ts'

/** Logs one line per request when its answer is sent: the request, its principal and the status. A 401 or 403 is a warning. */
export class RequestLines extends LogController {
  override incomingRequest ({ raw }: FastifyRequest): void {
    // Node no longer knows a peer's address when the connection has closed, unless it was read before.
    raw.socket.remoteAddress // eslint-disable-line @typescript-eslint/no-unused-expressions
  }

  override routeNotFound (): void {}

  override requestCompleted (error: Error | null | undefined, request: FastifyRequest, reply: FastifyReply): void {
    const isDenied = reply.statusCode === 401 || reply.statusCode === 403
    // Under load, even a line that no level lets through is worth not building.
    if (!error && !isDenied && (reply.log as Partial<Logger>).isLevelEnabled?.('info') === false) return
    const principal = request.principal as Principal | null
    const line = {
      method: request.method,
      // A query can hold a ticket; the path is enough to find the route.
      path: request.url.split('?', 1)[0],
      status: reply.statusCode,
      code: reply.refusal?.code,
      principal: principal ? senderOf(principal) : undefined,
      ms: Math.round(reply.elapsedTime * 10) / 10,
      remote_address: request.ip,
      ...reply.refusal?.context
    }
    if (error) reply.log.warn({ ...line, err: error }, 'the response could not be sent')
    else if (isDenied) reply.log.warn(line, 'access denied')
    else reply.log.info(line, 'request')
  }
}
