import { parseArgs } from 'node:util'
import { NewKey } from '../../schemas/identity/key.ts'
import type { Config } from '../config.ts'
import { toNewKey } from '../identity/api-key.ts'
import { newSecret } from '../identity/opaque.ts'
import { KEY_PREFIX } from '../protocol/credential.ts'
import { formatTimestamp } from '../protocol/timestamp.ts'
import { validateOptions } from './options.ts'
import { withStore } from './with-store.ts'

/** `key create`: prints only the key, so that its output can be redirected to a file. */
export async function createKey (args: string[], config: Config): Promise<string> {
  const { values } = parseArgs({
    args, options: { name: { type: 'string' }, scope: { type: 'string', multiple: true }, 'rate-limit': { type: 'string' }, 'expires-at': { type: 'string' } }
  })
  const { secret, hash } = newSecret(KEY_PREFIX)
  const key = toNewKey(validateOptions(NewKey, {
    name: values.name,
    scopes: values.scope,
    ...(values['rate-limit'] === undefined ? {} : { rate_limit: Number(values['rate-limit']) }),
    ...(values['expires-at'] === undefined ? {} : { expires_at: values['expires-at'] })
  }), hash)
  await withStore(config, store => store.createKey(key))
  return secret
}

/** `key list`: one line per key, without the secret. */
export async function listKeys (args: string[], config: Config): Promise<string> {
  parseArgs({ args })
  const keys = await withStore(config, store => store.keys())
  const lines = keys.map(({ id, name, scopes, lastUsedAt }) => {
    const used = lastUsedAt === null ? 'never used' : `last used ${formatTimestamp(lastUsedAt)}`
    return [id, JSON.stringify(name), scopes.join(','), used].join('\t')
  })
  return lines.join('\n') || 'no keys'
}

/** `key revoke`: revokes a key; a running server closes its sockets within a second. */
export async function revokeKey (args: string[], config: Config): Promise<string> {
  const { positionals: [id] } = parseArgs({ args, allowPositionals: true })
  if (id === undefined) throw new Error('give the id of a key; `key list` shows the ids')
  await withStore(config, store => store.revokeKey(id))
  return `revoked ${id}`
}
