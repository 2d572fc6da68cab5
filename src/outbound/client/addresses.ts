import { BlockList, isIPv4, isIPv6 } from 'node:net'

/** IANA's special-purpose addresses (RFC 6890, and what came since), multicast, and forms that stand for an IPv4 address. */
const SPECIAL_V4 = [
  '0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24', '192.31.196.0/24',
  '192.52.193.0/24', '192.88.99.0/24', '192.168.0.0/16', '192.175.48.0/24', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'
]
const SPECIAL_V6 = [
  '::/96', '::ffff:0:0/96', '::ffff:0:0:0/96', '64:ff9b::/96', '64:ff9b:1::/48', '100::/64', '100:0:0:1::/64', '2001::/23', '2001:db8::/32', '2002::/16',
  '2620:4f:8000::/48', '3fff::/20', '5f00::/16', 'fc00::/7', 'fe80::/10', 'fec0::/10', 'ff00::/8'
]

/** The two kinds of addresses apart: a list of both would take `::ffff:0:0/96` for every IPv4 address. */
class Ranges {
  readonly #v4 = new BlockList()
  readonly #v6 = new BlockList()

  constructor (cidrs: readonly string[]) {
    for (const cidr of cidrs) {
      const [address = '', bits] = cidr.split('/')
      if (isIPv4(address)) this.#v4.addSubnet(address, Number(bits ?? 32), 'ipv4')
      else this.#v6.addSubnet(address, Number(bits ?? 128), 'ipv6')
    }
  }

  has (address: string): boolean {
    if (isIPv4(address)) return this.#v4.check(address, 'ipv4')
    // A zone makes no difference to what the address is.
    const [plain = ''] = address.split('%')
    return isIPv6(plain) && this.#v6.check(plain, 'ipv6')
  }
}

const special = new Ranges([...SPECIAL_V4, ...SPECIAL_V6])

/** Which addresses of the network may be connected to. */
export class Addresses {
  readonly #allowed: Ranges

  /** `allowed`: CIDRs of special addresses that may be connected to all the same. */
  constructor (allowed: readonly string[] = []) {
    this.#allowed = new Ranges(allowed)
  }

  /** Whether the operator named it. */
  isNamed (address: string): boolean {
    return this.#allowed.has(address)
  }

  /** Whether it may be connected to: what is no address may not. */
  isOpen (address: string): boolean {
    return this.isNamed(address) || ((isIPv4(address) || isIPv6(address)) && !special.has(address))
  }
}
