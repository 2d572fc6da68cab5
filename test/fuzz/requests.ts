import fc, { type Arbitrary } from 'fast-check'
import type { Operation } from '../docs/document.ts'
import { breakAt, breaks, oddTexts, toText } from './breaks.ts'
import type { valuesFrom } from './values.ts'

export interface FuzzRequest {
  caller: string
  path: Record<string, string>
  query: [name: string, value: string][]
  headers: Record<string, string>
  /** As it goes out; undefined for none. */
  body: string | Buffer | undefined
  contentType: string | undefined
}

type Fault =
  | { kind: 'none' }
  | { kind: 'parameter', which: number, text: string }
  | { kind: 'unknown parameter' | 'doubled parameter', text: string }
  | { kind: 'body', change: Parameters<typeof breakAt>[1] }
  | { kind: 'text', text: string | Buffer }
  | { kind: 'type', contentType: string }

const JSON_TYPE = 'application/json'
const bodies = [
  '', ' ', '{', '}', 'null', '[]', '{}', '"a"', '1', '1e400', '-', 'NaN', 'undefined', '{"a":1,}', '{\'a\':1}', '{"a":1} {"b":2}', '\ufeff{}', '{}\0', '\0', '[[[[', '['.repeat(60_000), '{"a":'.repeat(10_000),
  '{"__proto__":{"role":"admin"}}', '{"constructor":{"prototype":{"role":"admin"}}}', '"\\ud800"', `{"title":"${'x'.repeat(70_000)}"}`, 'title=a&message=b', '<a/>'
]
const noUtf8 = [[0xff, 0xfe], [0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x3a, 0x31, 0x7d], [0x22, 0xed, 0xa0, 0x80, 0x22]].map(bytes => Buffer.from(bytes))
const types = ['', 'text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/xml', 'application/jsonx', 'json', '*/*', 'application/json; charset=utf-16', 'application/JSON', ';']

const some = (fault: Partial<Record<keyof any, Arbitrary<unknown>>>) => fc.record(fault as Record<string, Arbitrary<unknown>>) as Arbitrary<any>
const faults = (hasParameters: boolean, hasBody: boolean): Arbitrary<Fault> => fc.oneof(
  { weight: 6, arbitrary: fc.constant<Fault>({ kind: 'none' }) },
  { weight: hasParameters ? 4 : 0, arbitrary: some({ kind: fc.constant('parameter'), which: fc.nat({ max: 20 }), text: oddTexts }) },
  { weight: 1, arbitrary: some({ kind: fc.constantFrom('unknown parameter', 'doubled parameter'), text: oddTexts }) },
  { weight: hasBody ? 8 : 0, arbitrary: some({ kind: fc.constant('body'), change: breaks }) },
  { weight: 2, arbitrary: some({ kind: fc.constant('text'), text: fc.constantFrom(...bodies, ...noUtf8) }) },
  { weight: 1, arbitrary: some({ kind: fc.constant('type'), contentType: fc.constantFrom(...types) }) }
)

/** Whose id it is where one path, and so one name, serves several operations, or where not every one of that name will do. */
const idOf: Record<string, string> = {
  listNotifications: 'user_id', deleteNotification: 'notification_id', restoreNotification: 'deleted_id', getScheduled: 'plan_id', changeScheduled: 'plan_id', cancelScheduled: 'plan_id'
}

/** Without characters that no header can have: clients refuse to send them. RFC 9110 §5.5. */
const sendable = (headers: Record<string, string>) => Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, text.replaceAll(/[^\t -~\u0080-\u00ff]/gu, '')]))

/** Whose user can only be oneself. */
const OWN: Record<string, string> = { changePreferences: 'own_id', replacePreferences: 'own_id' }

/** Requests of an operation as the document describes it: valid ones, and ones that are broken in one place. */
export function requestsOf (operation: Operation, values: ReturnType<typeof valuesFrom>, callers: string[]): Arbitrary<FuzzRequest> {
  const parameters: any[] = operation['parameters'] ?? []
  const media = operation['requestBody']?.content[JSON_TYPE]
  const placed = (place: string) => {
    const those = parameters.filter(parameter => parameter.in === place)
    const fields = Object.fromEntries(those.map(({ name, schema }) => [name, values(schema, ['id', 'notification_id'].includes(name) || operation.operationId in OWN ? OWN[operation.operationId] ?? idOf[operation.operationId] ?? name : name).map(String)]))
    return fc.record(fields, { requiredKeys: place === 'path' ? Object.keys(fields) : [] }) as Arbitrary<Record<string, string>>
  }
  // Who gets furthest.
  const favourite = /Password$/.test(operation.operationId) ? 'a session' : 'a platform admin'
  const body: Arbitrary<unknown> = media ? values(media.schema).map(agreed) : fc.constant(undefined)
  return fc.record({
    caller: fc.oneof(fc.constantFrom(...callers), fc.constant(favourite)),
    path: placed('path'),
    query: placed('query'),
    headers: placed('header').map(sendable),
    body,
    fault: faults(parameters.length > 0, media !== undefined)
  }).map(({ fault, query, body, ...rest }) => {
    const request: FuzzRequest = { ...rest, query: Object.entries(query), body: body === undefined ? undefined : toText(body), contentType: body === undefined ? undefined : JSON_TYPE }
    return breakRequest(request, fault, body, parameters)
  })
}

/** The id of a broadcast can be said twice, but then the same one; quiet hours are of a zone that there is, and end at another time than they begin. */
function agreed (body: any): unknown {
  if (body?.quiet_hours) return { ...body, quiet_hours: { timezone: 'Europe/Berlin', days: ['mon'], from: '22:00', to: '07:00' } }
  const isTwice = body?.id !== undefined && body.payload?.id !== undefined
  return isTwice ? { ...body, payload: { ...body.payload, id: body.id } } : body
}

function breakRequest (request: FuzzRequest, fault: Fault, body: unknown, parameters: any[]): FuzzRequest {
  switch (fault.kind) {
    case 'none': return request
    case 'body': return { ...request, body: toText(breakAt(body, fault.change)) }
    case 'text': return { ...request, body: fault.text, contentType: JSON_TYPE }
    case 'type': return { ...request, body: request.body ?? 'a=b', contentType: fault.contentType }
    case 'unknown parameter': return { ...request, query: [...request.query, ['unknown', fault.text]] }
    case 'doubled parameter': return { ...request, query: [...request.query, ...request.query.slice(0, 1)] }
    case 'parameter': {
      const { in: place, name } = parameters[fault.which % parameters.length]
      if (place === 'path') return { ...request, path: { ...request.path, [name]: fault.text } }
      if (place === 'query') return { ...request, query: [...request.query.filter(([other]) => other !== name), [name, fault.text]] }
      // What no header can hold never comes to us.
      return { ...request, headers: { ...request.headers, [name]: fault.text.replace(/[^\t\x20-\x7e\x80-\xff]/g, '?').trim() } }
    }
  }
}

/** Its path; undefined for one that would be another route's: empty, or what clients take out of a path. */
export function urlOf (operation: Operation, { path, query }: FuzzRequest): string | undefined {
  if (Object.values(path).some(value => ['', '.', '..'].includes(value))) return undefined
  const route = operation.path.replace(/\{(\w+)\}/g, (_, name: string) => encode(path[name]!))
  const text = query.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&')
  return text === '' ? route : `${route}?${text}`
}

/** Half a character as the bytes it would have, had it any. */
function encode (text: string): string {
  const halves = (half: string) => `\0${[...Buffer.from([0xe0 | half.charCodeAt(0) >> 12, 0x80 | half.charCodeAt(0) >> 6 & 63, 0x80 | half.charCodeAt(0) & 63])].map(byte => `%${byte.toString(16)}`).join('')}\0`
  return text.split(/([\ud800-\udfff])/u).map((part, index) => index % 2 ? halves(part).replaceAll('\0', '') : encodeURIComponent(part)).join('')
}
