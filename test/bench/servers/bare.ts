import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve } from '../lib/child.ts'

export async function readBody (request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** Listens on a free port and says which. */
export function listenBare (server: Server): void {
  server.listen(0, '127.0.0.1', () => serve({}, { port: (server.address() as AddressInfo).port }))
}
