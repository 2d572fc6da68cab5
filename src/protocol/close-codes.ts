/** Whether a client should open a socket again: `token` is once, with a new token. */
export type Reconnect = 'yes' | 'no' | 'token'

/** Codes that a client reports when no close frame came; nobody sends them. RFC 6455 §7.1.5. */
const neverSent = {
  1005: { reason: 'closed without a code', reconnect: 'yes' },
  1006: { reason: 'lost, or never opened', reconnect: 'yes' }
} as const

/** Codes that Belfry sends: its own, and the ones it echoes. RFC 6455 §7.4. */
const sent = {
  1001: { reason: 'leaving', reconnect: 'yes' },
  1002: { reason: 'protocol error', reconnect: 'no' },
  1003: { reason: 'text frames only', reconnect: 'no' },
  1007: { reason: 'invalid UTF-8 or compressed data', reconnect: 'no' },
  1008: { reason: 'too many fragments', reconnect: 'no' },
  1009: { reason: 'frame too large', reconnect: 'no' },
  1011: { reason: 'internal error', reconnect: 'yes' },
  1012: { reason: 'restart', reconnect: 'yes' },
  1013: { reason: 'overload', reconnect: 'yes' },
  4400: { reason: 'too many bad frames', reconnect: 'no' },
  4401: { reason: 'credentials missing, expired or revoked', reconnect: 'token' },
  4403: { reason: 'forbidden', reconnect: 'no' },
  4408: { reason: 'no auth in time', reconnect: 'no' },
  4429: { reason: 'too many frames', reconnect: 'yes' }
} as const

export type CloseCode = keyof typeof sent

/** Every close code that a client can see: its reason, and whether to reconnect. */
export const closeCodes = { ...neverSent, ...sent } as const satisfies Record<number, { reason: string, reconnect: Reconnect }>

/** The reason that is sent with a code; undefined for a code that Belfry never sends. */
export function reasonOf (code: number | undefined): string | undefined {
  return sent[code as CloseCode]?.reason
}

/** `reconnect` in words, for documents. */
export const reconnecting: Record<Reconnect, string> = {
  yes: 'yes, from the last cursor, with backoff',
  no: 'no',
  token: 'once, with a new token'
}
