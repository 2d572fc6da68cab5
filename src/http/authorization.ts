import type { IncomingHttpHeaders } from 'node:http'

type Headers = Pick<IncomingHttpHeaders, 'authorization'>

/** The credential of an `Authorization: Bearer` header; undefined if there is none. RFC 6750 §2.1. */
export function bearerOf ({ authorization }: Headers): string | undefined {
  return authorization === undefined ? undefined : /^bearer +(\S+)$/i.exec(authorization)?.[1]
}

/** The scheme of an `Authorization` header, without its credential: it is for the log. */
export function schemeOf ({ authorization }: Headers): string | undefined {
  return authorization === undefined ? undefined : /^\w{1,20} /.exec(authorization)?.[0] ?? 'no scheme'
}
