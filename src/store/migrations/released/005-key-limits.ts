/** An API key may have its own rate limit (requests per minute) and expiry. */
export const keyLimits = `
ALTER TABLE api_keys ADD COLUMN rate_limit BIGINT;
ALTER TABLE api_keys ADD COLUMN expires_at BIGINT;
`
