/** The unit that limits count as one address: an IPv4 address, or the /64 of an IPv6 address, because one host can use all of it. */
export function addressGroup (address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (mapped) return mapped[1]!
  if (!address.includes(':')) return address
  const [left = '', right] = address.split('%', 1)[0]!.split('::').map(half => half === '' ? [] : half.split(':')) as [string[], string[]?]
  const zeros = right ? Array<string>(8 - left.length - right.length).fill('0') : []
  return [...left, ...zeros, ...right ?? []].slice(0, 4).join(':')
}
