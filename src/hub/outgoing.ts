/** An event on its way to sockets. */
export interface Outgoing {
  seq: number
  frame: Buffer
}

export function add<K> (map: Map<K, Outgoing[]>, key: K, outgoing: Outgoing): void {
  const list = map.get(key)
  if (list) list.push(outgoing)
  else map.set(key, [outgoing])
}

export function join (outgoing: Outgoing[]): Buffer {
  return outgoing.length === 1 ? outgoing[0]!.frame : Buffer.concat(outgoing.map(({ frame }) => frame))
}

export function inOrder (shared: Outgoing[], own: Outgoing[]): Outgoing[] {
  return [...shared, ...own].sort((a, b) => a.seq - b.seq)
}
