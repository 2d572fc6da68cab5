import { createSigner } from 'fast-jwt'
import { Type } from '@sinclair/typebox'
import { parseArgs } from 'node:util'
import { Company, Role, UserId } from '../../schemas/primitives.ts'
import type { Config } from '../config.ts'
import { readSecret } from '../process/secret.ts'
import { validateOptions } from './options.ts'
import { findUser } from './user.ts'
import { assertStore, withStore } from './with-store.ts'

const Minting = Type.Object({
  sub: UserId({ description: 'must be a user\'s id: 1 to 255 characters, none of them a control or invisible one' }),
  role: Role(),
  company: Type.Optional(Company()),
  ttl: Type.Integer({ minimum: 1, maximum: 31_536_000, description: 'must be seconds, 1 to 31536000' })
})

/** `token mint`: an access token, as any backend that has JWT_SECRET can mint it. */
export async function mintToken (args: string[], config: Config): Promise<string> {
  const option = { type: 'string' } as const
  const { values: { user, ...given } } = parseArgs({ args, options: { user: option, sub: option, role: option, company: option, ttl: option } })
  if (user !== undefined && (given.sub ?? given.role ?? given.company) !== undefined) throw new Error('--user takes role and company from the store: give either --user, or --sub, --role and --company')
  if (config.JWT_SECRET === undefined) assertStore(config)
  const who = user === undefined ? given : await claimsOf(config, user)
  const { ttl, ...claims } = validateOptions(Minting, { ...who, ttl: Number(given.ttl ?? config.ACCESS_TOKEN_TTL) })
  if (user === undefined) await assertNoName(config, claims.sub)
  const now = Math.floor(Date.now() / 1000)
  const sign = createSigner({ key: readSecret(config), algorithm: 'HS256', iss: config.JWT_ISSUER, aud: config.JWT_AUDIENCE })
  return sign({ ...claims, iat: now, exp: now + ttl })
}

async function claimsOf (config: Config, user: string) {
  const { id, role, company } = await withStore(config, store => findUser(store, user))
  return { sub: id, role, ...(company === null ? {} : { company }) }
}

/** Throws if a `sub` is the username of a user with another id: the token would create a second user. */
async function assertNoName (config: Config, sub: string): Promise<void> {
  // A token can also be minted where the store cannot be reached.
  const namesake = await withStore(config, async store => await store.user(sub) ? undefined : await store.userByName(sub)).catch(() => undefined)
  if (namesake) throw new Error(`--sub is an id, but ${sub} is the username of the user ${namesake.id}: use --user ${sub} to mint a token for that user`)
}
