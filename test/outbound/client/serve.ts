import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import type { Test } from 'tap'
import { OutboundClient, type OutboundOptions } from '../../../src/outbound/client/client.ts'

/** A server that does with each connection what a test says, once something came. */
export async function serve (t: Test, answer: (socket: Socket, count: number, data: Buffer | string) => void): Promise<{ url: string, connections: () => number }> {
  let count = 0
  const sockets = new Set<Socket>()
  const server: Server = createServer(socket => {
    count += 1
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('data', data => answer(socket, count, data))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, connections: () => count }
}

/** A client that may call this machine. */
export function open (t: Test, overrides: OutboundOptions = {}): OutboundClient {
  const client = new OutboundClient({ allow: ['127.0.0.1'], allowHttp: true, timeoutMs: 60_000, ...overrides })
  t.teardown(() => client.close())
  return client
}

export const post = (client: OutboundClient, url: string, signal?: AbortSignal) => client.post({ url, headers: { 'x-own': '1' }, body: '{"a":1}', signal })
