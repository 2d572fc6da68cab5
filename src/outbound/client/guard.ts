import { lookup as resolve, type LookupAddress } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { Addresses } from './addresses.ts'

export interface GuardOptions {
  /** CIDRs of special addresses that may be connected to all the same. */
  allow?: readonly string[]
  /** Whether those may be reached over plain http. */
  allowHttp?: boolean
  /** How names are resolved: as `dns.lookup` with `all: true`. */
  resolve?: (hostname: string, options: { all: true }, callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void) => void
}

/** Why an address may not be called. Its message is for whoever chose it, and says nothing of what a name stands for. */
export class BlockedError extends Error {
  readonly code = 'BLOCKED'
}

const BLOCKED = 'its host is not an address of the public internet'
/** Of mail: somebody else's server must not be made to send it. */
const MAIL_PORT = '25'

/** Decides what Belfry may connect to on behalf of others. */
export class Guard {
  readonly #addresses: Addresses
  readonly #isHttpAllowed: boolean
  readonly #resolve: NonNullable<GuardOptions['resolve']>

  constructor ({ allow = [], allowHttp = false, resolve: resolver = (hostname, options, callback) => resolve(hostname, options, callback) }: GuardOptions = {}) {
    this.#addresses = new Addresses(allow)
    this.#isHttpAllowed = allowHttp
    this.#resolve = resolver
  }

  /** The URL, if what it says may be called. Throws a BlockedError. What a name stands for is checked when it is connected to. */
  check (text: string): URL {
    const url = URL.parse(text)
    if (!url) throw new BlockedError('it is not a URL')
    if (url.protocol !== 'https:' && !(url.protocol === 'http:' && this.#isHttpAllowed)) throw new BlockedError('it must begin with https://')
    if (url.username !== '' || url.password !== '') throw new BlockedError('it must have no user name and no password')
    if (url.port === MAIL_PORT || url.port === '0') throw new BlockedError(`port ${url.port} cannot be called`)
    const address = literalOf(url)
    if (address !== undefined && !this.#isOpen(address, url.protocol)) throw new BlockedError(BLOCKED)
    return url
  }

  /** Resolves names for connections of a protocol (`https:`), and refuses a name if one of its addresses may not be connected to. */
  lookupFor (protocol: string): LookupFunction {
    return (hostname, options, callback) => {
      this.#resolve(hostname, { all: true }, (error, addresses) => {
        if (error) return callback(error, [])
        if (addresses.length === 0 || !addresses.every(({ address }) => this.#isOpen(address, protocol))) return callback(new BlockedError(BLOCKED), [])
        if (options.all) return callback(null, addresses)
        callback(null, addresses[0]!.address, addresses[0]!.family)
      })
    }
  }

  #isOpen (address: string, protocol: string): boolean {
    return protocol === 'http:' ? this.#addresses.isNamed(address) : this.#addresses.isOpen(address)
  }
}

/** The address that a URL names itself; undefined for a name that must be resolved. WHATWG's parser has made one form of all (`0x7f.1`, `2130706433`). */
function literalOf ({ hostname }: URL): string | undefined {
  const host = hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) !== 0) return host
  return /(^|\.)localhost\.?$/.test(host) ? '127.0.0.1' : undefined
}
