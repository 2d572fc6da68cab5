import { UnfitError } from './unfit.ts'

/**
 * The driver's mode for each `sslmode` of the URL. The driver's own meanings differ from libpq's and are about
 * to change, so they are fixed here: with TLS, the server's certificate is verified, except for `no-verify`.
 */
const modes: Record<string, string> = {
  disable: 'disable',
  require: 'verify-full',
  'verify-ca': 'verify-full',
  'verify-full': 'verify-full',
  'no-verify': 'no-verify'
}

/** The URL with the driver's `sslmode`. Throws an UnfitError for any other mode, such as `prefer` and `allow`, which do not guarantee TLS. */
export function withTlsMode (url: string): string {
  return url.replace(/([?&]sslmode=)([^&#]*)/g, (_text, name: string, mode: string) => {
    const meant = modes[mode]
    if (meant === undefined) throw new UnfitError(`sslmode must be ${Object.keys(modes).join(', ')}`)
    return `${name}${meant}`
  })
}

/** OpenSSL's error codes for a rejected certificate. */
const CERTIFICATE = /^(DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|CERT_|ERR_TLS_CERT_)/

/** What an operator can do about a rejected certificate; empty for any other error. */
export function tlsAdvice (code: string | undefined): string {
  if (code === undefined || !CERTIFICATE.test(code)) return ''
  return '; name the authority that signed its certificate with sslrootcert=<file>, or encrypt without checking who answers with sslmode=no-verify'
}
