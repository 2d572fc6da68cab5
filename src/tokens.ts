import { Type, type Static } from '@sinclair/typebox'
import { TypeCompiler } from '@sinclair/typebox/compiler'
import { problem } from './errors.ts'

const NAME = /^[^\p{Cc}\p{Cs}]{1,128}$/u

const Claims = Type.Object({
  sub: Type.RegExp(/^[A-Za-z0-9._:-]{1,128}$/),
  role: Type.RegExp(NAME),
  company: Type.Optional(Type.RegExp(NAME)),
  sid: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
  iat: Type.Number(),
  exp: Type.Number()
})
/** The claims of an access token. */
export type Claims = Static<typeof Claims>
const compiled = TypeCompiler.Compile(Claims)

/** Clocks of two machines may differ by this much before a token counts as minted in the future. */
const CLOCK_SKEW_SECONDS = 60

/** Claims of a token whose signature and times are right, if they are also of the right shape; else throws BLF_UNAUTHENTICATED. */
export function readClaims ({ header, payload }: { header: { crit?: unknown }, payload: unknown }): Claims {
  // RFC 7515 §4.1.11: extensions we do not understand must not be ignored.
  if (header.crit !== undefined || !compiled.Check(payload)) throw problem('BLF_UNAUTHENTICATED')
  if (payload.iat > Date.now() / 1000 + CLOCK_SKEW_SECONDS) throw problem('BLF_UNAUTHENTICATED')
  return payload
}
