import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Browser } from '../../outbound/push/service.ts'
import type { Server } from '../lib/child.ts'
import { belfry } from '../lib/peers.ts'

/** The settings with which a server calls what is on this machine, and pushes. */
export const OUTSIDE = { VAPID_SUBJECT: 'mailto:ops@example.com', OUTBOUND_ALLOW: '127.0.0.1', OUTBOUND_ALLOW_HTTP: 'true' }

/** How many requests are under way at once while something is set up. */
const AT_ONCE = 16

/** A push service, or a receiver of webhooks: counts what comes, and takes all of it with this status. */
export async function taker (status: number) {
  let count = 0
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      count++
      response.writeHead(status).end()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, count: () => count, close }
}

/** Makes so many users, each with a push subscription. */
export async function subscribe (server: Server, origin: string, count: number): Promise<void> {
  // Who they belong to is the endpoint's matter: with keys of their own it would take twice as long.
  const { keys, expirationTime } = new Browser(origin).subscription
  await each(count, async index => { await ask(server, '/api/push/subscriptions', { endpoint: `${origin}/${index}`, expirationTime, keys }, belfry.headers(index)) })
}

/** Does something so many times, several at once. */
export async function each (count: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0
  const worker = async () => { while (next < count) await work(next++) }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}

export async function ask (server: Server, path: string, body: object, headers: Record<string, string>): Promise<void> {
  const { status } = await fetch(`http://127.0.0.1:${server.port}${path}`, { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) })
  if (status >= 300) throw new Error(`${path} answered ${status}`)
}
