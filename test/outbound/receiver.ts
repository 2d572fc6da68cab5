import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import { Webhook } from 'standardwebhooks'
import { until } from '../within.ts'

export interface Received { headers: IncomingHttpHeaders, text: string, body: { type: string, timestamp: string, data: Record<string, any> } }

/** A server that webhooks call. It answers 200, or what `answer` does. */
export class Receiver {
  readonly calls: Received[] = []
  readonly url: string
  answer: (response: ServerResponse, call: Received) => void = response => { response.end() }

  private constructor (url: string) {
    this.url = url
  }

  static async open (t: Test): Promise<Receiver> {
    const server = createServer((request, response) => {
      let text = ''
      request.setEncoding('utf8').on('data', chunk => { text += chunk }).on('end', () => {
        const call: Received = { headers: request.headers, text, body: JSON.parse(text) }
        receiver.calls.push(call)
        receiver.answer(response, call)
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const receiver = new Receiver(`http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`)
    t.teardown(() => {
      server.close()
      server.closeAllConnections()
    })
    return receiver
  }

  /** Waits until so many calls have come. */
  async received (count: number): Promise<Received[]> {
    await until(`${count} calls, ${this.calls.length} so far`, () => this.calls.length >= count)
    return this.calls
  }

  /** The types of what came, in order. */
  get types (): string[] {
    return this.calls.map(({ body }) => body.type)
  }
}

/** Whether a call is signed with this secret, by the package that Standard Webhooks publishes. */
export function isSigned ({ headers, text }: Received, secret: string): boolean {
  try {
    new Webhook(secret).verify(text, headers as Record<string, string>)
    return true
  } catch {
    return false
  }
}

/** The settings with which a server may call a receiver. */
export const ALLOWING = { OUTBOUND_ALLOW: '127.0.0.1', OUTBOUND_ALLOW_HTTP: 'true' }
