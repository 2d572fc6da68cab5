import { Agent, request, type IncomingMessage } from 'node:http'
import { once } from 'node:events'

export interface Call {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  path: string
  token: string
  body?: unknown
  /** Cut the connection as soon as the request is written. */
  isCut?: boolean
}

export interface Answer { status: number, body: any }

const TIMEOUT_MS = 20_000

/** REST over connections that are kept; rejects if no answer came. */
export class Api {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 256 })

  async call (base: string, { method, path, token, body, isCut = false }: Call): Promise<Answer> {
    const text = body === undefined ? undefined : JSON.stringify(body)
    const sent = request(`${base}${path}`, {
      method,
      agent: this.#agent,
      timeout: TIMEOUT_MS,
      headers: {
        authorization: `Bearer ${token}`,
        ...(text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
      }
    })
    // An error after the answer has begun also ends the answer.
    sent.on('error', () => {})
    sent.on('timeout', () => sent.destroy(new Error('no answer in time')))
    if (isCut) sent.on('finish', () => sent.destroy(new Error('cut')))
    sent.end(text)
    const [response] = await once(sent, 'response') as [IncomingMessage]
    let answer = ''
    response.setEncoding('utf8')
    for await (const chunk of response) answer += chunk
    return { status: response.statusCode!, body: answer === '' ? undefined : JSON.parse(answer) }
  }

  close (): void {
    this.#agent.destroy()
  }
}
