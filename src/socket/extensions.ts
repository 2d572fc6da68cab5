import * as ws from 'ws'

const NAME = 'permessage-deflate'

type Parameters = Record<string, (string | true)[]>
interface Negotiation {
  extension: {
    parse: (header: string) => Record<string, Parameters[] | undefined>
    format: (extensions: Record<string, Parameters[]>) => string
  }
  /** `accept` throws for offers that cannot be met, and changes what it is given. */
  PerMessageDeflate: new (options: object) => { accept: (offers: Parameters[]) => unknown }
}

// ws exports both; its types don't.
const { extension, PerMessageDeflate } = ws as unknown as Negotiation

/**
 * What of a `Sec-WebSocket-Extensions` header can be accepted, for ws refuses an upgrade with an offer
 * that it cannot meet: a client must be able to offer more than we know. RFC 7692 §7.1.
 */
export function acceptableOffers (header: string, options: object): string | undefined {
  let offers: Parameters[]
  try {
    offers = extension.parse(header)[NAME] ?? []
  } catch {
    // Malformed, which is a 400.
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
