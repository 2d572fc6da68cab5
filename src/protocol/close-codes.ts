/** Every code Belfry closes a socket with: why, and whether its client should reconnect. RFC 6455 §7.4. */
export const closeCodes = {
  1001: { reason: 'leaving', reconnect: false },
  1002: { reason: 'protocol error', reconnect: false },
  1003: { reason: 'text frames only', reconnect: false },
  1007: { reason: 'invalid UTF-8', reconnect: false },
  1008: { reason: 'too many fragments', reconnect: false },
  1009: { reason: 'frame too large', reconnect: false },
  1011: { reason: 'internal error', reconnect: true },
  1012: { reason: 'restart', reconnect: true },
  1013: { reason: 'overload', reconnect: true },
  4400: { reason: 'too many bad frames', reconnect: false },
  4401: { reason: 'credentials missing, expired or revoked', reconnect: false },
  4403: { reason: 'forbidden', reconnect: false },
  4408: { reason: 'no auth in time', reconnect: false },
  4429: { reason: 'too many frames', reconnect: true }
} as const

export type CloseCode = keyof typeof closeCodes
