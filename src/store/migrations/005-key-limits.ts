/** An API key may have a pace of its own (requests a minute) and an end. */
export const keyLimits = `
ALTER TABLE api_keys ADD COLUMN rate_limit BIGINT;
ALTER TABLE api_keys ADD COLUMN expires_at BIGINT;
`
