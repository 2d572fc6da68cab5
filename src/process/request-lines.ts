import { LogController, type FastifyReply, type FastifyRequest } from 'fastify'
import { senderOf, type Principal } from '../rights/principal.ts'

/** One line a request, when its answer is out: what was asked, by whom, and how it went. Who was denied is worth a warning. */
export class RequestLines extends LogController {
  override incomingRequest ({ raw }: FastifyRequest): void {
    // Node forgets a peer's address with the connection, unless it was asked for before.
    raw.socket.remoteAddress // eslint-disable-line @typescript-eslint/no-unused-expressions
  }

  override routeNotFound (): void {}

  override requestCompleted (error: Error | null | undefined, request: FastifyRequest, reply: FastifyReply): void {
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
    if (error) reply.log.warn({ ...line, err: error }, 'the answer did not go out')
    else if (reply.statusCode === 401 || reply.statusCode === 403) reply.log.warn(line, 'access denied')
    else reply.log.info(line, 'request')
  }
}
