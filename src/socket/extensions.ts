import * as ws from 'ws'

const NAME = 'permessage-deflate'

type Parameters = Record<string, (string | true)[]>
interface Negotiation {
  extension: {
    parse: (header: string) => Record<string, Parameters[] | undefined>
    format: (extensions: Record<string, Parameters[]>) => string
  }
  /** `accept` throws for offers that cannot be met, and modifies its argument. */
  PerMessageDeflate: new (options: object) => { accept: (offers: Parameters[]) => unknown }
}

// ws exports both, its types do not.
const { extension, PerMessageDeflate } = ws as unknown as Negotiation

/**
 * The part of a `Sec-WebSocket-Extensions` header that can be accepted. ws refuses an upgrade with an
 * offer that it cannot meet, but a client may offer more than the server knows. RFC 7692 §7.1.
 */
export function acceptableOffers (header: string, options: object): string | undefined {
  let offers: Parameters[]
  try {
    offers = extension.parse(header)[NAME] ?? []
  } catch {
    // Malformed: left as it is, so that ws answers 400.
    return header
  }
  const acceptable = offers.filter(offer => canAccept(offer, options))
  return acceptable.length === 0 ? undefined : extension.format({ [NAME]: acceptable })
}

function canAccept (offer: Parameters, options: object): boolean {
  try {
    new PerMessageDeflate({ ...options, isServer: true }).accept([{ ...offer }])
    return true
  } catch {
    return false
  }
}
