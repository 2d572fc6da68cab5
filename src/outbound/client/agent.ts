import type { LookupFunction } from 'node:net'
import { Agent, buildConnector, Client, Pool, type Dispatcher } from 'undici'
import { Exchange } from './exchange.ts'

export interface AgentOptions {
  /** Resolves names for a protocol. */
  lookupFor: (protocol: string) => LookupFunction
  timeoutMs: number
  /** Certificates to trust besides the usual ones, PEM. */
  ca: string | undefined
}

const MAX_HEADER_BYTES = 16_384
const KEEP_ALIVE_MS = 10_000

/** One connection at a time to a server. It knows whether the one that it has, or had last, brought an answer. */
export class Connection extends Client {
  isUsed = false

  constructor (...options: ConstructorParameters<typeof Client>) {
    super(...options)
    this.on('connect', () => { this.isUsed = false })
  }

  override dispatch (options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    if (handler instanceof Exchange) handler.connection = this
    return super.dispatch(options, handler)
  }
}

/** Keeps connections to servers. */
export function openAgent ({ lookupFor, timeoutMs, ca }: AgentOptions): Agent {
  // Without sessions: one that is resumed is trusted without a look at the certificate that its server has now.
  const connectorOf = (protocol: string) => buildConnector({ lookup: lookupFor(protocol), timeout: timeoutMs, allowH2: false, maxCachedSessions: 0, ...(ca === undefined ? {} : { ca }) })
  const [http, https] = [connectorOf('http:'), connectorOf('https:')]
  return new Agent({
    allowH2: false,
    connect: (options, callback) => (options.protocol === 'https:' ? https : http)(options, callback),
    factory: (origin, options) => new Pool(origin, { ...options, factory: (to, own) => new Connection(to, own) }),
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
    // An exchange has times of its own.
    headersTimeout: 0,
    bodyTimeout: 0
  })
}
