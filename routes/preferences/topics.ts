import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { problem } from '../../src/errors.ts'
import { toTopic } from '../../src/notification/present.ts'
import { actorRef, type Principal } from '../../src/rights/principal.ts'
import { may } from '../../src/rights/rights.ts'
import { TopicChoicesRef, TopicListRef, TopicRef, TopicSettingsRef } from '../../schemas/preferences/topic.ts'
import { Company, NewCompany, Topic } from '../../schemas/primitives.ts'
import { problems } from '../../schemas/problem.ts'

const topic = Topic({ examples: ['orders'] })
const tags = ['preferences']
const gone = { 204: Type.Null({ description: 'Removed: the topic is on, and not locked, unless others say something of it.' }) }

/** Where settings are: the operator's, and a company's. */
const places = [
  { path: '/:topic', suffix: '', about: 'the operator\'s settings of a topic', params: Type.Object({ topic }), reading: 'topics.see' },
  {
    path: '/:topic/company/:company',
    suffix: 'OfCompany',
    about: 'a company\'s settings of a topic',
    params: Type.Object({ topic, company: Company() }),
    reading: 'topics.manage'
  }
] as const

/** Settings of topics. The store checks rights again in each write. */
const topicsRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.get('/', {
    config: { access: ['topics.see'] },
    schema: {
      operationId: 'listTopics',
      summary: 'List settings of topics by name',
      description: 'The operator\'s, or with `company` those of a company.',
      tags,
      querystring: Type.Object({ company: Type.Optional(Company({ description: 'Only the settings of this company.' })) }, { additionalProperties: false }),
      response: { 200: TopicListRef, ...problems(400, 401, 403) }
    }
  }, async ({ principal, query: { company } }) => {
    assertMaySee(principal, company)
    return { items: (await app.store.topics(company ?? null)).map(toTopic) }
  })

  for (const { path, suffix, about, params, reading } of places) {
    const placeOf = ({ topic, company }: { topic: string, company?: string }) => [topic, company ?? null] as const

    app.get(path, {
      config: { access: [reading] },
      schema: { operationId: `getTopic${suffix}`, summary: `Get ${about}`, tags, params, response: { 200: TopicRef, ...problems(400, 401, 403, 404) } }
    }, async ({ principal, params }) => {
      const [topic, company] = placeOf(params)
      assertMaySee(principal, company ?? undefined)
      const found = await app.store.topic(topic, company)
      if (!found) throw problem('BLF_TOPIC_NOT_FOUND')
      return toTopic(found)
    })

    app.get(`${path}/choices`, {
      config: { access: ['topics.manage'] },
      schema: {
        operationId: `countChoices${suffix}`,
        summary: `Count the users ${suffix === '' ? '' : 'of a company '}who switched a topic off`,
        description: 'Also of a topic without settings. A lock overrules their choice while it lasts; it survives.',
        tags,
        params,
        response: { 200: TopicChoicesRef, ...problems(400, 401, 403) }
      }
    }, async ({ principal, params }) => {
      const [topic, company] = placeOf(params)
      if (!may(principal, 'topics.manage', { company })) throw problem('BLF_FORBIDDEN')
      return { off: await app.store.countMuting(topic, company, 10_000) }
    })

    app.put(path, {
      config: { access: ['topics.manage'] },
      schema: {
        operationId: `putTopic${suffix}`,
        summary: `Create or change ${about}`,
        description: 'It holds for what is sent from then on. There are 200 topics with settings at most, and 200 in each company.',
        tags,
        params: 'company' in params.properties ? Type.Object({ topic, company: NewCompany() }) : params,
        body: TopicSettingsRef,
        response: { 200: TopicRef, 201: TopicRef, ...problems(400, 401, 403, 409, 413, 415) }
      }
    }, async ({ principal, params, body }, reply) => {
      const [topic, company] = placeOf(params)
      const { description = null, default: value = 'on', locked: isLocked = false, channels = {} } = body
      const settings = { description, default: value, isLocked, channels: channelsOf(channels) }
      const { created } = await app.store.putTopic(topic, company, settings, actorRef(principal))
      return await reply.code(created ? 201 : 200).send(toTopic({ topic, company, settings }))
    })

    app.delete(path, {
      config: { access: ['topics.manage'] },
      schema: { operationId: `removeTopic${suffix}`, summary: `Remove ${about}`, tags, params, response: { ...gone, ...problems(400, 401, 403, 404, 413, 415) } }
    }, async ({ principal, params }, reply) => {
      await app.store.removeTopic(...placeOf(params), actorRef(principal))
      return await reply.code(204).send(null)
    })
  }
}

/** In one order, so that the same settings are the same text. */
function channelsOf<Push, Mail> ({ push, mail }: { push?: Push, mail?: Mail }) {
  return { ...push === undefined ? {} : { push }, ...mail === undefined ? {} : { mail } }
}

function assertMaySee (principal: Principal, company: string | undefined): void {
  if (!(company === undefined ? may(principal, 'topics.see') : may(principal, 'topics.manage', { company }))) throw problem('BLF_FORBIDDEN')
}

export default topicsRoutes
