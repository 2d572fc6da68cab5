/** Independent of Belfry: how browsers decrypt. RFC 8188, RFC 8291. */
declare module 'http_ece' {
  import type { ECDH } from 'node:crypto'
  interface Params { version: 'aes128gcm', privateKey: ECDH, authSecret: Buffer | string, dh?: Buffer | string, salt?: Buffer | string }
  export function decrypt (message: Buffer, params: Params): Buffer
}
