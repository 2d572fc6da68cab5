import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import { signWith } from './forge.ts'

export type Alg = 'RS256' | 'ES256' | 'EdDSA'

export interface SigningKey { kid: string, alg: Alg, privateKey: KeyObject, publicKey: KeyObject, jwk: Record<string, unknown> }

export function newKey (alg: Alg, kid: string, extra: Record<string, unknown> = {}): SigningKey {
  const { privateKey, publicKey } = alg === 'RS256'
    ? generateKeyPairSync('rsa', { modulusLength: 2048 })
    : alg === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519')
  return { kid, alg, privateKey, publicKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, ...extra } }
}

export function signed ({ kid, alg, privateKey }: SigningKey, payload: unknown, header: Record<string, unknown> = {}): string {
  return signWith(privateKey, alg, payload, { kid, ...header })
}

/** An issuer on a port of its own, whose keys and moods a test sets. */
export class Issuer {
  keys: unknown[] = []
  /** Answers instead of the keys. */
  instead: { status: number, body: string, headers?: Record<string, string> } | undefined
  requests = 0
  readonly #server: Server

  private constructor (server: Server) {
    this.#server = server
    server.on('request', (_request, response) => {
      this.requests += 1
      const { status, body, headers } = this.instead ?? { status: 200, body: JSON.stringify({ keys: this.keys }) }
      response.writeHead(status, { 'content-type': 'application/json', connection: 'close', ...headers }).end(body)
    })
  }

  static async open (t: Test): Promise<Issuer> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const issuer = new Issuer(server)
    t.teardown(() => issuer.close())
    return issuer
  }

  get url (): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/keys.json`
  }

  async close (): Promise<void> {
    if (!this.#server.listening) return
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
  }
}
