/** The limits, by the names that the `RateLimit` headers give them, and what each counts. */
export const limitNames = {
  user: 'requests of this user',
  key: 'requests of this API key',
  renewal: 'renewals of the token on open sockets',
  address: 'requests without good credentials from this address',
  stale: 'requests with tokens of ended sessions of this user from this address',
  'login-address': 'failed logins from this address',
  'login-username': 'logins as this user'
} as const
export type LimitName = keyof typeof limitNames

export const WINDOW_SECONDS = 60

/** How much of a limit a caller has used. */
export interface Quota {
  name: LimitName
  /** How many are allowed in a window. */
  max: number
  left: number
  /** Seconds until the window ends. */
  resetSeconds: number
}

/** A quota as header fields. draft-ietf-httpapi-ratelimit-headers-10 §3, §4. */
export function quotaHeaders ({ name, max, left, resetSeconds }: Quota): Record<string, string> {
  return {
    'ratelimit-policy': `"${name}";q=${max};w=${WINDOW_SECONDS}`,
    ratelimit: `"${name}";r=${left};t=${resetSeconds}`
  }
}
