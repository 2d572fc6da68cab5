/** What is counted, by the names that answers give their limits. */
export const limitNames = {
  user: 'requests of this user',
  key: 'requests of this API key',
  address: 'requests without good credentials from this address',
  stale: 'requests with tokens of ended sessions of this user from this address',
  'login-address': 'failed logins from this address',
  'login-username': 'logins as this user'
} as const
export type LimitName = keyof typeof limitNames

export const WINDOW_SECONDS = 60

/** Where somebody stands with one limit. */
export interface Quota {
  name: LimitName
  /** A minute. */
  max: number
  left: number
  /** Until the window ends, seconds. */
  resetSeconds: number
}

/** A quota as header fields. draft-ietf-httpapi-ratelimit-headers-10 §3, §4. */
export function quotaHeaders ({ name, max, left, resetSeconds }: Quota): Record<string, string> {
  return {
    'ratelimit-policy': `"${name}";q=${max};w=${WINDOW_SECONDS}`,
    ratelimit: `"${name}";r=${left};t=${resetSeconds}`
  }
}
