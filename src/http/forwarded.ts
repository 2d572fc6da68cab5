import { BlockList, isIP } from 'node:net'

const familyOf = (address: string) => isIP(address) === 6 ? 'ipv6' : 'ipv4'

/** A test for the addresses of proxies, which are given as addresses or CIDRs; false for a text that is not an address. */
export function proxiesAt (cidrs: string[]): (address: string) => boolean {
  const proxies = new BlockList()
  for (const cidr of cidrs) {
    const [address = '', bits] = cidr.split('/')
    if (bits === undefined) proxies.addAddress(address, familyOf(address))
    else proxies.addSubnet(address, Number(bits), familyOf(address))
  }
  return address => isIP(address) !== 0 && proxies.check(address, familyOf(address))
}
