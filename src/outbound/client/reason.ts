/** Seconds beyond which a wait is the same: for ever. */
const MAX_SECONDS = 1e9

/** Milliseconds that `Retry-After` asks to wait: seconds, or a date. RFC 9110 §10.2.3. */
export function retryAfterOf (header: string | undefined): number | undefined {
  if (header === undefined) return undefined
  // White space around a header's value is none of it.
  const value = header.trim()
  const ms = /^\d+$/.test(value) ? Math.min(Number(value), MAX_SECONDS) * 1000 : Date.parse(value) - Date.now()
  return ms >= 0 ? ms : undefined
}

/** What undici calls an answer with status 100, which no header of ours asked for, and one that asks for another protocol. */
const UNASKED = 'bad response'
const UPGRADE = 'bad upgrade'

/** Whether a server closed the connection. */
export function isClosed ({ code = '', message }: NodeJS.ErrnoException): boolean {
  return /^(ECONNRESET|EPIPE|ECONNABORTED)$/.test(code) || (code === 'UND_ERR_SOCKET' && message !== UNASKED && message !== UPGRADE)
}

/** Whether a server asked for another protocol. */
export function isUpgrade ({ message }: Error): boolean {
  return message === UPGRADE
}

/** Why a call has no answer, in words for the owner of the address that tell nothing of this side's network. */
export function reasonOf (error: NodeJS.ErrnoException): string {
  const { name, code = '', message } = error
  if (code === 'BLOCKED') return message
  if (/^(ENOTFOUND|EAI_)/.test(code)) return 'the name cannot be resolved'
  if (code === 'ECONNREFUSED') return 'the connection was refused'
  if (isClosed(error)) return 'the connection was closed'
  if (message === UNASKED) return 'it answered 100 Continue, which was not asked for'
  if (/^(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)$/.test(code)) return 'the host cannot be reached'
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return 'the headers of the answer are too large'
  // Its parser refuses it, or trips over it.
  if (name === 'HTTPParserError' || code === 'ERR_ASSERTION' || code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') return 'the answer is not HTTP'
  // Alerts of the other side first: some of them are about a certificate that it wants of us.
  if (/^(ERR_SSL_|EPROTO$)/.test(code)) return 'the TLS handshake failed'
  if (/CERT|SELF_SIGNED|ISSUER|VERIFY|ALTNAME/.test(code)) return 'the TLS connection cannot be trusted'
  if (/TLS|SSL/.test(code)) return 'the TLS handshake failed'
  if (/^UND_ERR_(DESTROYED|CLOSED)$/.test(code)) return 'the call was broken off'
  return 'the call failed'
}
