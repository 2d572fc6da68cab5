import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import process from 'node:process'

export async function readBody (request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** Says where the server listens. */
export function announce (port: number): void {
  process.stdout.write(`${JSON.stringify({ port })}\n`)
}

/** Listens on a free port and says which. */
export function listenBare (server: Server): void {
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => announce((server.address() as AddressInfo).port))
}
