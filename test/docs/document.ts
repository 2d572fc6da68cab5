import type { App } from '../helper.ts'

type Json = Record<string, any>

export interface Operation extends Json { method: string, path: string, operationId: string, summary: string, tags: string[] }

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace']

/** The document with the patterns that the server goes by in the place of the simpler ones it shows. */
export async function fetchExactDocument (app: App): Promise<Json> {
  return JSON.parse((await app.inject('/openapi.json')).body, (_name, value) => typeof value === 'object' && value !== null && 'x-pattern' in value ? { ...value, pattern: value['x-pattern'] } : value)
}

/** The document as its readers get it. */
export async function fetchDocument (app: App): Promise<Json> {
  return (await app.inject('/openapi.json')).json()
}

export function operationsOf (document: Json): Operation[] {
  return Object.entries<Json>(document['paths']).flatMap(([path, item]) => {
    return Object.entries<Json>(item).filter(([key]) => METHODS.includes(key)).map(([method, operation]) => ({ ...operation, method, path }) as Operation)
  })
}

/** What a local reference stands for; itself for anything else. */
export function resolve (document: Json, value: Json): Json {
  if (typeof value['$ref'] !== 'string') return value
  return value['$ref'].slice('#/'.length).split('/').reduce((part: Json, name) => part[name], document)
}

/** Every value of `key`, at any depth. */
export function valuesOf (value: unknown, key: string): unknown[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, part]) => [...(name === key ? [part] : []), ...valuesOf(part, key)])
}
