import { UnfitError } from './unfit.ts'

/**
 * What each `sslmode` means here. The driver's own meanings differ from libpq's and are about to
 * change, so they are fixed: whoever asks for TLS gets a server that was checked, unless told otherwise.
 */
const modes: Record<string, string> = {
  disable: 'disable',
  require: 'verify-full',
  'verify-ca': 'verify-full',
  'verify-full': 'verify-full',
  'no-verify': 'no-verify'
}

/** The URL as the driver must get it. Throws an UnfitError for a mode that would promise what is not kept (`prefer`, `allow`). */
export function withTlsMode (url: string): string {
  return url.replace(/([?&]sslmode=)([^&#]*)/g, (_text, name: string, mode: string) => {
    const meant = modes[mode]
    if (meant === undefined) throw new UnfitError(`sslmode must be ${Object.keys(modes).join(', ')}`)
    return `${name}${meant}`
  })
}

/** OpenSSL's codes for a certificate that was not accepted. */
const CERTIFICATE = /^(DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|CERT_|ERR_TLS_CERT_)/

/** What an operator can do about a connection that TLS did not let come about; empty for any other error. */
export function tlsAdvice (code: string | undefined): string {
  if (code === undefined || !CERTIFICATE.test(code)) return ''
  return '; name the authority that signed its certificate with sslrootcert=<file>, or encrypt without checking who answers with sslmode=no-verify'
}
