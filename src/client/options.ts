import { SOCKET_PATH } from '../protocol/endpoint.ts'
import { aBoolean, aTopic, check, checked, isFunction, isTextOf, isToken, type Rule } from './shared/check.ts'
import { webSocket } from './connection/websocket.ts'
import type { InboxStorage } from './seam.ts'
import type { Transport, WebSocketClass } from './connection/transport.ts'

/** How a client connects. All of them may be left out, but it needs `token` or `getToken` to connect. */
export interface BelfryOptions {
  /** An access token or an API key. A ticket is good for one connection only. */
  token?: string | undefined
  /**
   * Gets an access token from the application's own backend: at first if there is no `token`, when the token is about to
   * expire, and once when it was refused. Null means that nobody is logged in, which ends the connection. It is never
   * called twice at a time, nor within 10 seconds of a call that gave a token. When it throws, it is asked again later.
   * When it takes longer than `timeout`, that is an error, and its answer is waited for: its request needs a timeout.
   */
  getToken?: (() => string | null | undefined | Promise<string | null | undefined>) | undefined
  /** Which topics to receive, at most 100; notifications without a topic always come. Default: all. */
  topics?: readonly string[] | undefined
  /**
   * A name of the user's for this device, 1 to 128 characters `A-Z a-z 0-9 . _ : -`: with it, and without `topics`, the
   * client acknowledges what it receives, which reports count as delivered. It must stay the same over reloads.
   */
  device?: string | undefined
  /**
   * Ways to receive frames, best first: another one is used while WebSockets are found to be blocked. Default:
   * `[webSocket]`; with `sse` of `@belfry/client/sse`: `[webSocket, sse]`.
   */
  transports?: readonly Transport[] | undefined
  /** Milliseconds: each wait before reconnecting is random, up to this at first. Default 500. */
  minReconnectDelay?: number | undefined
  /** Milliseconds: the bound of the waits, which doubles with each attempt, stays below this. Default 20000. */
  maxReconnectDelay?: number | undefined
  /** Milliseconds that an answer, opening a connection, or `getToken` may take. Default 5000. */
  timeout?: number | undefined
  /** Milliseconds that the server may take to answer a ping. Default 10000. */
  maxServerPingDelay?: number | undefined
  /**
   * Whether the tabs of a browser that have the same user share one connection. Default true; it needs Web Locks, so
   * that over plain http each tab has its own.
   */
  shareTabs?: boolean | undefined
  /** Where the inbox is kept over reloads: `indexedDb()` of `@belfry/client/storage`. Default: nowhere. */
  storage?: InboxStorage | undefined
  /**
   * The id of the user that the page believes to be logged in: what is stored of their inbox shows before `getToken` has
   * given a token, so offline too. With the token of another user, or of none, it is off the screen again.
   */
  user?: string | undefined
  /** How many sends may wait before `send` refuses more. Default 1000. */
  maxQueue?: number | undefined
  /** Milliseconds for which a send is tried again before it fails. Default 60000. */
  sendTimeout?: number | undefined
  /** The class of WebSockets. Default: the global one. */
  websocket?: WebSocketClass | undefined
  /** The function for HTTP requests. Default: the global one. */
  fetch?: typeof globalThis.fetch | undefined
}

/** Options with their defaults. */
export interface Settings extends BelfryOptions {
  /** The base address, without a slash at the end. */
  base: string
  transports: readonly Transport[]
  minReconnectDelay: number
  maxReconnectDelay: number
  timeout: number
  maxServerPingDelay: number
  shareTabs: boolean
  maxQueue: number
  sendTimeout: number
  fetch: typeof globalThis.fetch
}

/** The largest delay of a timer, 2^31 − 1 ms: with a larger one it is called at once. */
const MAX_MS = 2_147_483_647

const aFunction = (fallback?: unknown): Rule => ['a function', isFunction, fallback]
const aNumber = (fallback: number): Rule => [`a number from 1 to ${MAX_MS}`, value => typeof value === 'number' && value >= 1 && value <= MAX_MS, fallback]

/** What each option must be, and what it is without. Whether a token is worth anything is the server's to say. */
export const rules: Record<keyof BelfryOptions, Rule> = {
  token: ['an ASCII text', isToken],
  getToken: aFunction(),
  topics: [`at most 100 topics, each of ${aTopic[0]}`, value => Array.isArray(value) && value.length <= 100 && value.every(topic => topic === '*' || aTopic[1](topic))],
  device: ['1 to 128 letters, digits, _ . : or -, but not me', isTextOf(/^(?!(\.\.?|me)$)[\w.:-]{1,128}$/)],
  transports: ['an array such as [webSocket, sse]', value => Array.isArray(value) && value.length > 0 && value.every(transport => isFunction(transport?.open)), [webSocket]],
  minReconnectDelay: aNumber(500),
  maxReconnectDelay: aNumber(20_000),
  timeout: aNumber(5_000),
  maxServerPingDelay: aNumber(10_000),
  shareTabs: aBoolean(true),
  storage: ['a storage such as indexedDb()', value => isFunction(value?.load)],
  user: ['the id of a user', isTextOf(/./)],
  maxQueue: aNumber(1_000),
  sendTimeout: aNumber(60_000),
  websocket: aFunction(),
  // Browsers want it called on the window.
  fetch: aFunction((...args: Parameters<typeof fetch>) => globalThis.fetch(...args))
}

/** The options with their defaults. Throws a TypeError for one that is wrong. */
export function settingsOf (url: string | URL, options: BelfryOptions): Settings {
  const settings = { base: baseOf(url), ...checked('option', options, rules) } as Settings
  check(settings.minReconnectDelay <= settings.maxReconnectDelay, 'maxReconnectDelay must be minReconnectDelay or more.')
  return settings
}

/** The base address of a URL. In a page it may be relative: `/` is where the page is from. */
function baseOf (url: string | URL): string {
  const page = (globalThis as { document?: { baseURI: string } }).document?.baseURI
  let parsed: Partial<URL> = {}
  try {
    parsed = new URL(url, page)
  } catch {}
  const { protocol = '', host, pathname = '', username, search, hash } = parsed
  check(/^(http|ws)s?:$/.test(protocol), `url must be an address such as https://example.com, not ${url}`)
  const excess = username || (pathname.includes(SOCKET_PATH) ? SOCKET_PATH : search || hash)
  check(!excess, `url must be the server's base address, without ${excess}`)
  return protocol.replace('ws', 'http') + '//' + host + pathname.replace(/\/+$/, '')
}
