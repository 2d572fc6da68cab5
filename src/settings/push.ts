import { createECDH } from 'node:crypto'

const CURVE = 'prime256v1'
const KEY_BYTES = 32
/** Names that mean nothing outside of a network of one's own. RFC 6761, RFC 8375. */
const PRIVATE_NAME = /(^|\.)(localhost|local|localdomain|internal|intranet|lan|invalid|test|home\.arpa)$/
const NAME = /^(?=.{4,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/i

/** Whether push services can reach whoever runs this server at an address: a `mailto:` or `https:` URL of the public internet. RFC 8292 §2.1. */
export function isPushSubject (text: string): boolean {
  const url = /\s/.test(text) ? null : URL.parse(text)
  if (!url || url.search !== '' || url.hash !== '') return false
  const isSite = url.protocol === 'https:' && url.username === '' && url.password === ''
  const [, mailHost] = url.protocol === 'mailto:' ? /^[^@,]+@([^@,]+)$/.exec(url.pathname) ?? [] : []
  const host = (isSite ? url.hostname : mailHost)?.toLowerCase()
  return host !== undefined && NAME.test(host) && !PRIVATE_NAME.test(host)
}

/** A new private key of a server that pushes: 32 bytes as base64url. */
export function newPushKey (): string {
  const ecdh = createECDH(CURVE)
  ecdh.generateKeys()
  // Zeros at its beginning are left out.
  const key = ecdh.getPrivateKey()
  return Buffer.concat([Buffer.alloc(KEY_BYTES - key.length), key]).toString('base64url')
}

export function isPushKey (text: string): boolean {
  if (!/^[A-Za-z0-9_-]{43}$/.test(text)) return false
  try {
    createECDH(CURVE).setPrivateKey(text, 'base64url')
    return true
  } catch {
    return false
  }
}
