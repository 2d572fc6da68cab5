/** An event that is about to be written, encoded. */
export interface Outgoing {
  seq: number
  frame: Buffer
}

/** Appends to the list of a key. */
export function pushTo<K> (map: Map<K, Outgoing[]>, key: K, outgoing: Outgoing): void {
  const list = map.get(key)
  if (list) list.push(outgoing)
  else map.set(key, [outgoing])
}

/** The frames of all events in one buffer; a single frame is not copied. */
export function concatFrames (outgoing: Outgoing[]): Buffer {
  return outgoing.length === 1 ? outgoing[0]!.frame : Buffer.concat(outgoing.map(({ frame }) => frame))
}

/** The events of a cohort and of one of its connections, in log order. */
export function mergeBySeq (shared: Outgoing[], own: Outgoing[]): Outgoing[] {
  return [...shared, ...own].sort((a, b) => a.seq - b.seq)
}
