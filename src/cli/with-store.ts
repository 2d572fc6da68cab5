import { existsSync } from 'node:fs'
import type { Static, TSchema } from '@sinclair/typebox'
import { buildValidator } from '../../plugins/http/schemas.ts'
import type { Config } from '../config.ts'
import { openStore } from '../store/open.ts'
import type { Store } from '../store/store.ts'

/** Throws unless the server has made its store: one made by a command would be taken for a store with users. */
export function assertStore ({ DATABASE_URL: url }: Config): void {
  if (url === 'sqlite::memory:') throw new Error('DATABASE_URL must name a store that outlives this command')
  if (url.startsWith('sqlite:') && !existsSync(url.slice('sqlite:'.length))) {
    throw new Error(`there is no store at ${url}: start the server once, or set DATABASE_URL to its own`)
  }
}

/** Opens the store beside a server that may be running, for as long as `use` takes. */
export async function withStore<T> (config: Config, use: (store: Store) => Promise<T>): Promise<T> {
  assertStore(config)
  const store = await openStore(config.DATABASE_URL, { beside: true })
  try {
    return await use(store)
  } finally {
    await store.close()
  }
}

const compile = buildValidator({}, {} as never)

/** What the API would refuse, a command refuses too; names come back in the form they are compared in. */
export function check<T extends TSchema> (schema: T, value: object): Static<T> {
  const validate = compile({ schema, httpPart: 'body' } as never) as unknown as Validate
  if (validate(value)) return value as Static<T>
  const { instancePath, params, message } = validate.errors![0]!
  const property = params.missingProperty ?? params.additionalProperty ?? instancePath.split('/')[1]!
  const { description = message } = (schema['properties'] as Record<string, { description?: string }>)[property] ?? {}
  throw new Error(`--${property.replace(/s$/, '').replaceAll('_', '-')}: ${description}`)
}

interface Validate {
  (value: object): boolean
  errors?: { instancePath: string, message: string, params: { missingProperty?: string, additionalProperty?: string } }[]
}
