import { createSigner } from 'fast-jwt'
import { Type } from '@sinclair/typebox'
import { parseArgs } from 'node:util'
import { Company, Role, UserId } from '../../schemas/primitives.ts'
import type { Config } from '../config.ts'
import { loadSecret } from '../identity/secret.ts'
import { assertStore, check } from './with-store.ts'

const Minting = Type.Object({
  sub: UserId({ description: 'must be a user\'s id: 1 to 255 characters, none of them a control or invisible one' }),
  role: Role(),
  company: Type.Optional(Company()),
  ttl: Type.Integer({ minimum: 1, maximum: 31_536_000, description: 'must be seconds, 1 or more' })
})

/** `token mint`: an access token, as any backend that holds the secret could make it. */
export async function mintToken (args: string[], config: Config): Promise<string> {
  const option = { type: 'string' } as const
  const { values } = parseArgs({ args, options: { sub: option, role: option, company: option, ttl: option } })
  if (config.JWT_SECRET === undefined) assertStore(config)
  const { ttl, ...claims } = check(Minting, { ...values, ttl: Number(values.ttl ?? config.ACCESS_TOKEN_TTL) })
  const now = Math.floor(Date.now() / 1000)
  const sign = createSigner({ key: loadSecret(config), algorithm: 'HS256', iss: config.JWT_ISSUER, aud: config.JWT_AUDIENCE })
  return sign({ ...claims, iat: now, exp: now + ttl })
}
