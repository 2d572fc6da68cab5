import { once } from 'node:events'
import { request as overTcp, type IncomingMessage } from 'node:http'
import { request as overTls } from 'node:https'
import { text as textOf } from 'node:stream/consumers'
import { WebSocket, type ClientOptions } from 'ws'
import { bearer, type Person } from '../helper.ts'

export interface Asked { status: number, headers: IncomingMessage['headers'], text: string, body: any }

interface Options { method?: string, person?: Person, body?: object, headers?: Record<string, string> }

/** A request over a connection of its own, with the path as it is given, to a server whose certificate nobody signed. */
export async function ask (url: string, { method = 'GET', person, body, headers = {} }: Options = {}): Promise<Asked> {
  const { protocol, hostname, port, origin } = new URL(url)
  const all = { ...headers, ...(person ? bearer(person) : {}), ...(body ? { 'content-type': 'application/json' } : {}) }
  const options = { hostname, port, method, path: url.slice(origin.length) || '/', headers: all, agent: false, rejectUnauthorized: false } as const
  const request = protocol === 'https:' ? overTls(options) : overTcp(options)
  request.end(body && JSON.stringify(body))
  const [response] = await once(request, 'response') as [IncomingMessage]
  const text = await textOf(response)
  const isJson = /\bjson\b/.test(response.headers['content-type'] ?? '') && response.headers['content-encoding'] === undefined
  return { status: response.statusCode!, headers: response.headers, text, body: isJson ? JSON.parse(text) : undefined }
}

/** The status with which an upgrade is refused. */
export async function refusedBehind (base: string, options: ClientOptions): Promise<number | undefined> {
  const socket = new WebSocket(`${base.replace('http', 'ws')}/ws/notifications`, { ...options, rejectUnauthorized: false })
  const { promise, resolve } = Promise.withResolvers<number | undefined>()
  socket.on('unexpected-response', (_request, response) => resolve(response.statusCode))
  socket.on('open', () => resolve(101))
  socket.on('error', () => {})
  const status = await promise
  socket.terminate()
  return status
}
