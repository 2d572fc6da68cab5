import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { problems } from '../../schemas/problem.ts'
import { problem } from '../../src/errors.ts'
import { Asset } from '../../src/http/asset.ts'
import { mailPage, mailStyle, type MailPageContent } from '../../src/pages/mail/page.ts'
import { iconPath } from '../../src/web/icon.ts'

const style = new Asset('text/css; charset=utf-8', mailStyle)
const loads = { icon: iconPath, style: `static/mail.${style.hash}.css` }
const MAX_BODY = 4_096
const query = Type.Object({ token: Type.String({ maxLength: 2_048, description: 'From the link of a mail.', examples: ['WyJhbGljZSIsMTc2OTg2MDgwMDAwMCxbIm5ld3MiXV0.3q2-796tvu_erb7v3q2-7w'] }) }, { additionalProperties: false })
const page = { description: 'A page for people.', content: { 'text/html': { schema: Type.String() } } }

/** What the links of mails lead to. Mail programs post there by themselves (RFC 8058); people open the page, and press its button. */
const mailRoutes: FastifyPluginAsyncTypebox<{ hasInbox: boolean }> = async (app, { hasInbox }) => {
  // All that a form says is in its address.
  app.addContentTypeParser(['application/x-www-form-urlencoded', 'multipart/form-data'], { parseAs: 'buffer', bodyLimit: MAX_BODY }, (_request, _body, done) => done(null, undefined))
  const render = (content: Pick<MailPageContent, 'shows' | 'topics'>) => mailPage({ ...content, loads, hasInbox })

  app.get('/mail/unsubscribe', {
    onRequest: app.asForm,
    config: { access: 'anyone' },
    schema: { hide: true, querystring: Type.Object({ token: Type.Optional(Type.String()) }) }
  }, async ({ query: { token = '' } }, reply) => {
    const subscription = app.mailLinks.verify(token)
    reply.code(subscription ? 200 : 404).type('text/html; charset=utf-8').header('cache-control', 'no-store').header('referrer-policy', 'no-referrer')
    return await reply.serializer(String).send(render(subscription ? { shows: 'question', topics: subscription.topics } : { shows: 'invalid', topics: null }) as never)
  })

  app.post('/mail/unsubscribe', {
    onRequest: app.asForm,
    config: { access: 'anyone' },
    schema: {
      operationId: 'unsubscribeMail',
      summary: 'Get no more mail',
      description: [
        'The address in the `List-Unsubscribe` header of each mail: mail programs post `List-Unsubscribe=One-Click` there as a form (RFC 8058). Switches mail off for the mail\'s topics or, if none of them is unlocked, wherever the user said nothing of a topic. Repeating changes nothing.',
        '`GET` shows people a page with a button, and changes nothing.'
      ].join('\n\n'),
      tags: ['preferences'],
      querystring: query,
      response: { 200: page, ...problems(400, 404, 413, 415) }
    }
  }, async ({ query: { token } }, reply) => {
    const subscription = app.mailLinks.verify(token)
    if (!subscription) throw problem('BLF_LINK_NOT_FOUND')
    const { userId, createdAt, topics } = subscription
    // Whoever is gone gets no mail either.
    const done = await app.store.unsubscribe(userId, createdAt, topics) ?? { topics }
    reply.type('text/html; charset=utf-8').header('cache-control', 'no-store')
    return await reply.serializer(String).send(render({ shows: 'done', topics: done.topics }) as never)
  })

  app.serve(`/${loads.style}`, () => style, { isHashed: true })
}

export default mailRoutes
