import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import tap, { test } from 'tap'
import { build } from '../helper.ts'
import { fetchDocument, operationsOf } from './document.ts'

/** Checks values against the document's own schemas, by JSON Schema 2020-12. */
function validatorOf (document: Record<string, any>) {
  // Beside JSON Schema's keywords stand OpenAPI's.
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  formats.default(ajv)
  ajv.addSchema({ ...document, $id: 'document' })
  return ($ref: string, value: unknown) => {
    const validate = ajv.compile({ $ref: `document${$ref}` })
    return validate(value) ? [] : validate.errors
  }
}

const document = await fetchDocument(await build(tap))
const check = validatorOf(document)

test('every component has an example, and its examples are valid', async t => {
  for (const [name, schema] of Object.entries<any>(document['components'].schemas)) {
    t.ok(schema.description, `${name} is described`)
    t.ok(schema.examples?.length > 0, `${name} has an example`)
    for (const example of schema.examples ?? []) t.strictSame(check(`#/components/schemas/${name}`, example), [], `an example of ${name} is valid`)
  }
})

test('every example of a body or an error is valid', async t => {
  const bodies = operationsOf(document).flatMap(({ requestBody }) => requestBody ? [requestBody] : [])
  for (const { content } of [...bodies, ...Object.values<any>(document['components'].responses)]) {
    for (const { schema, examples } of Object.values<any>(content)) {
      for (const [name, { value }] of Object.entries<any>(examples)) t.strictSame(check(schema.$ref, value), [], `${schema.$ref}: ${name}`)
    }
  }
})
