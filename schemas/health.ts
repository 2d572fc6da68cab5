import { Type, type Static } from '@sinclair/typebox'
import { refTo } from './ref.ts'

export const Alive = Type.Object({ status: Type.Literal('ok') }, { $id: 'Alive', description: 'The process is running.', examples: [{ status: 'ok' }] })
export const AliveRef = refTo(Alive)

/** What may fail while a node goes on taking requests, and what that means for callers. */
export const meanings = {
  bus: 'Redis cannot be reached: events of other nodes arrive a little later, and each node counts limits for itself',
  store_full: 'the store has no room left: reading goes on, and writes are answered with 507'
} as const

export type Degradation = keyof typeof meanings
export const degradations = Object.keys(meanings) as Degradation[]

export const Ready = Type.Object({
  status: Type.Unsafe<'ok' | 'degraded'>({ type: 'string', enum: ['ok', 'degraded'], description: '`degraded` if anything is listed under `degraded`.' }),
  degraded: Type.Array(
    Type.Unsafe<Degradation>({ type: 'string', enum: degradations }),
    { description: `What does not work at the moment: ${Object.entries(meanings).map(([name, meaning]) => `\`${name}\` (${meaning})`).join('; ')}.` }
  )
}, { $id: 'Ready', description: 'This node takes requests.', examples: [{ status: 'ok', degraded: [] }, { status: 'degraded', degraded: ['bus'] }] })
export const ReadyRef = refTo(Ready)

const link = (description: string) => Type.String({ format: 'uri-reference', description })

export const Home = Type.Object({
  name: Type.Literal('belfry'),
  version: Type.String({ examples: ['0.1.0'] }),
  status: Type.Unsafe<'ok' | 'degraded' | 'unavailable'>({ type: 'string', enum: ['ok', 'degraded', 'unavailable'], description: 'The status of `GET /readyz`; `unavailable` while the store cannot be reached.' }),
  links: Type.Object({
    inbox: Type.Optional(link('The inbox of a user, as a page.')),
    console: Type.Optional(link('The console, for admins.')),
    docs: link('Swagger UI, for trying the API.'),
    redoc: link('ReDoc, the API as a reference.'),
    openapi: link('The OpenAPI document.'),
    asyncapi: link('The frames of sockets, as a reference.'),
    asyncapi_document: link('The AsyncAPI document.'),
    client: link('The client for browsers, as a module.'),
    elements: link('The inbox as elements for pages, with the client, as a module.'),
    ready: link('Readiness, for load balancers.')
  })
}, {
  $id: 'Home',
  description: 'What this server is, and where to go from here.',
  examples: [{ name: 'belfry', version: '0.1.0', status: 'ok', links: { inbox: '/inbox', console: '/console', docs: '/docs', redoc: '/redoc', openapi: '/openapi.json', asyncapi: '/asyncapi', asyncapi_document: '/asyncapi.json', client: '/client/belfry.js', elements: '/client/inbox.js', ready: '/readyz' } }]
})
export const HomeRef = refTo(Home)
export type Home = Static<typeof Home>
