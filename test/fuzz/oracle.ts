import { isUtf8 } from 'node:buffer'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { errorCodes } from '../../src/protocol/error-codes.ts'
import { resolve, type Operation } from '../docs/document.ts'
import type { FuzzRequest } from './requests.ts'

type Json = Record<string, any>
export interface FuzzAnswer { status: number, contentType: string | undefined, /** Undefined for an answer that is not looked into. */ body: string | undefined }

const MAX_BODY_BYTES = 65_536
/** What tells about our inside. */
const LEAK = /\bat \S+ \(|\bSELECT\b.+\bFROM\b|SQLITE_|node_modules|FST_ERR|ERR_[A-Z]+/
/** Refusals of what is valid by its schema, each said in the document in words. */
const SAID_IN_WORDS = /^\/(payload\/)?(id|data|created_at|expires_at|send_at|url|icon|actions|acknowledge|keys)\b|^\/data\b|^\/querystring\/(from|to|last)$/
/** The same of a whole body, wherever in it: also within what is wrong for another reason and answered in its place. */
const SAID_OF_BODIES = /^must (not be nested so deep|be a whole number of at most 2\^53|be a number that a double holds)/

/** Judges requests and answers by the document alone. */
export class Oracle {
  readonly #document: Json
  readonly #ajv = new Ajv2020({ strict: false, allErrors: false })
  readonly #compiled = new Map<string, ValidateFunction>()

  constructor (document: Json) {
    this.#document = document
    formats.default(this.#ajv)
    const judged = structuredClone(document)
    // A wrong item is answered in its place, not with an error.
    judged['components'].schemas.Batch.properties.items.items = {}
    this.#ajv.addSchema({ ...judged, $id: 'document' })
  }

  /** What is wrong with a value by a schema of the document; nothing if it is right. */
  check (schema: Json, value: unknown): string | undefined {
    const key = JSON.stringify(schema)
    let validate = this.#compiled.get(key)
    if (!validate) {
      validate = this.#ajv.compile(JSON.parse(key.replaceAll('"$ref":"#/', '"$ref":"document#/')))
      this.#compiled.set(key, validate)
    }
    return validate(value) ? undefined : this.#ajv.errorsText(validate.errors)
  }

  /** Why the document calls a request invalid; nothing if it does not. */
  invalidity (operation: Operation, request: FuzzRequest): string | undefined {
    for (const { in: place, name, required, schema } of (operation['parameters'] ?? []) as Json[]) {
      const given = place === 'query' ? request.query.filter(([other]) => other === name).map(([, value]) => value) : [place === 'path' ? request.path[name] : request.headers[name]].filter(value => value !== undefined)
      if (given.length === 0 && !required) continue
      const why = given.length === 1 ? this.check(schema, ofText(schema, given[0]!)) : `${given.length} of them`
      if (why) return `${name}: ${why}`
    }
    return operation['requestBody'] ? this.#bodyInvalidity(operation['requestBody'], request) : undefined
  }

  #bodyInvalidity ({ required, content }: Json, { body, contentType }: FuzzRequest): string | undefined {
    if (body === undefined || body.length === 0) return required ? 'no body' : undefined
    if (contentType?.split(';')[0]!.trim().toLowerCase() !== 'application/json') return 'not JSON'
    const bytes = Buffer.from(body)
    if (bytes.length > MAX_BODY_BYTES) return 'too large'
    if (!isUtf8(bytes)) return 'not UTF-8'
    try {
      // RFC 8259 §8.1: a byte order mark may be ignored.
      return this.check(content['application/json'].schema, JSON.parse(bytes.toString().replace(/^\ufeff/, '')))
    } catch {
      return 'not valid JSON'
    }
  }

  /** What an answer does that the document does not say; nothing if all is well. */
  fault (operation: Operation, request: FuzzRequest, { status, contentType, body }: FuzzAnswer): string | undefined {
    if (status >= 500) return 'a fault of ours'
    const documented = operation['responses'][status]
    if (!documented) return 'a status that is not documented'
    const wrong = this.invalidity(operation, request)
    if (wrong && status < 400) return `accepted though ${wrong}`
    if (body === undefined) return undefined
    const response = resolve(this.#document, documented)
    if (!response['content']) return body === '' ? undefined : 'a body where none is documented'
    const media = contentType?.split(';')[0] ?? ''
    const { schema } = response['content'][media] ?? {}
    if (!schema) return `content of a type that is not documented: ${media}`
    const value = media.endsWith('json') ? JSON.parse(body) : body
    const why = this.check(schema, value)
    if (why) return `a body that is not as documented: ${why}`
    // A body nobody asked for may be refused or ignored.
    const isExcused = wrong !== undefined || (!operation['requestBody'] && request.contentType !== undefined)
    return status < 400 ? undefined : this.#problemFault(status, value, isExcused, request)
  }

  #problemFault (status: number, { status: told, code, errors = [] }: Json, isExcused: boolean, { body, query }: FuzzRequest): string | undefined {
    if (told !== status || errorCodes[code as keyof typeof errorCodes]?.[0] !== status) return `${code} with status ${status}`
    if (LEAK.test(JSON.stringify({ code, errors }))) return 'an error that tells about our inside'
    if (status !== 400 || isExcused || ['BLF_BAD_CURSOR', 'BLF_BAD_REQUEST', 'BLF_URL_BLOCKED'].includes(code) || query.some(([name]) => name === 'unknown')) return undefined
    // Parsers differ in what they make of these names, so they are refused wherever they are.
    if (code === 'BLF_BAD_JSON' && /__proto__|constructor/.test(String(body))) return undefined
    if (errors.length > 0 && errors.every(({ path, message }: { path: string, message: string }) => SAID_IN_WORDS.test(path) || SAID_OF_BODIES.test(message))) return undefined
    return 'refused as invalid though the document does not say why'
  }
}

/** A parameter's text as the JSON value it stands for. */
function ofText ({ type }: Json, text: string): unknown {
  if (type === 'integer') return /^-?(0|[1-9]\d*)$/.test(text) ? Number(text) : text
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text
  return text
}
