import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Operation } from '../docs/document.ts'
import type { App } from '../helper.ts'
import type { FuzzAnswer } from './oracle.ts'
import type { FuzzRequest } from './requests.ts'
import type { Callers } from './world.ts'

export interface Asking { app: App, base: string, callers: Callers }

/** Sends a request as who it says: an upgrade or a stream over the network, anything else straight into the application. */
export async function ask ({ app, base, callers }: Asking, { method, responses }: Operation, { caller, headers: own, body, contentType }: FuzzRequest, url: string): Promise<FuzzAnswer> {
  const headers = { ...own, ...callers[caller], ...(contentType === undefined ? {} : { 'content-type': contentType }) }
  if ('101' in responses) return await upgrade(base + url, headers)
  if ('text/event-stream' in (responses[200]?.content ?? {})) return await stream(base + url, headers, body)
  const response = await app.inject({ method: method.toUpperCase() as 'GET', url, headers, ...(body === undefined ? {} : { payload: body }) })
  return { status: response.statusCode, contentType: response.headers['content-type'] as string | undefined, body: response.body }
}

async function upgrade (url: string, headers: Record<string, string>): Promise<FuzzAnswer> {
  const handshake = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' }
  const request = httpRequest(url, { headers: { ...headers, ...handshake }, agent: false }).end()
  const [response] = await Promise.race([once(request, 'upgrade'), once(request, 'response')]) as [IncomingMessage]
  const { statusCode: status = 0, headers: { 'content-type': contentType } } = response
  if (status === 101) response.socket.destroy()
  return { status, contentType, body: status === 101 ? undefined : await text(response) }
}

/** Hangs up once a stream is open. */
async function stream (url: string, headers: Record<string, string>, body: string | Buffer | undefined): Promise<FuzzAnswer> {
  const request = httpRequest(url, { headers, agent: false }).on('error', () => {})
  request.end(body)
  const [response] = await once(request, 'response') as [IncomingMessage]
  const { statusCode: status = 0, headers: { 'content-type': contentType } } = response
  if (status === 200) request.destroy()
  return { status, contentType, body: status === 200 ? undefined : await text(response) }
}
