import type { Test } from 'tap'
import { Subscriber, type Answer } from '../helper.ts'

/** A client over the network: JSON both ways, with the token of whoever it is. */
export class Client {
  readonly base: string
  readonly token: string | undefined

  constructor (base: string, token?: string) {
    this.base = base
    this.token = token
  }

  /** Logs in with a password. */
  static async login (base: string, username: string, password: string): Promise<Client> {
    const { status, body } = await new Client(base).call('POST', '/api/auth/login', { username, password })
    if (status !== 200) throw new Error(`login of ${username}: ${status}`)
    return new Client(base, body.access_token)
  }

  async call (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(`${this.base}${path}`, {
      method,
      headers: {
        ...(this.token === undefined ? {} : { authorization: `Bearer ${this.token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) })
    })
    const text = await response.text()
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text), headers: Object.fromEntries(response.headers) }
  }

  /** An open socket, after its welcome. */
  async subscribe (t: Test, query = ''): Promise<Subscriber> {
    const subscriber = new Subscriber(`${this.base}/ws/notifications${query}`, { headers: { authorization: `Bearer ${this.token}` } })
    t.teardown(() => subscriber.close())
    await subscriber.next('welcome')
    return subscriber
  }
}

/** The password in what a first start says. */
export const GENERATED = /^belfry: first start: the platform admin "admin" has the password (\S+) \(shown only this once\)$/
