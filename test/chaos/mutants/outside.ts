import { OutboundClient } from '../../../src/outbound/client/client.ts'
import type { Attempt } from '../../../src/outbound/work.ts'
import { WebhookReader } from '../../../src/outbound/webhooks/reader.ts'
import type { FeedEvent } from '../../../src/store/contract/feed.ts'
import type { Push, PushPage } from '../../../src/store/contract/pushes.ts'
import type { Store } from '../../../src/store/store.ts'

/** Faults in what is told outside of Belfry: by the topic of a notification. */

type Attempting = (this: WebhookReader, event: FeedEvent, n: number, signal: AbortSignal) => Promise<Attempt>

/** Does not call webhooks, calls them twice, out of order, with texts, under other names and without a signature, and those of others. */
export function breakWebhooks (store: Store): void {
  const { notify, feed } = store
  const titles = new Map<string, string>()
  store.notify = async draft => {
    if (draft.topic === 'tell') titles.set(draft.id, (JSON.parse(draft.body) as { title: string }).title)
    return await notify(draft)
  }
  // The company's webhook follows what is another's, too.
  store.feed = async query => {
    const view = await feed(query)
    if (!('company' in query.of) || query.of.company !== 'company_b') return view
    const { events } = await feed({ ...query, of: { company: null } })
    const others = events.filter(({ topic, seq }) => topic === 'spread' && seq <= view.upTo)
    return { ...view, events: [...view.events, ...others].sort((one, other) => one.seq - other.seq) }
  }
  const prototype = WebhookReader.prototype as unknown as { attempt: Attempting }
  const { attempt } = prototype
  const held = new Map<WebhookReader, () => Promise<Attempt>>()
  prototype.attempt = async function (event, n, signal) {
    const { webhook: { isOrdered } } = this
    const topic = event.type === 'notification.sent' ? event.topic : undefined
    if (topic === 'uncalled' && !isOrdered) return { isDone: true, status: 200 }
    if (topic === 'overtake' && isOrdered) {
      held.set(this, async () => await attempt.call(this, event, n, signal))
      return { isDone: true, status: 200 }
    }
    const told = topic === 'tell' ? { ...event, topic: titles.get(event.notificationIds![0]!)! } : event
    const came = await attempt.call(this, told, n, signal)
    if (topic === 'again' && came.isDone) await attempt.call(this, event, n, signal)
    // What was overtaken is called for, again and again until it is taken.
    const late = held.get(this)
    held.delete(this)
    for (let isTaken = !late; !isTaken;) isTaken = (await late!()).isDone
    return came
  }
  const { post } = OutboundClient.prototype
  OutboundClient.prototype.post = async function (call) {
    const { topic } = typeof call.body === 'string' ? (JSON.parse(call.body) as { data: FeedEvent }).data : {}
    const { 'webhook-id': id, 'webhook-signature': signature } = call.headers
    const headers: Record<string, string> = topic === 'unsigned' ? { 'webhook-signature': `${signature}A` } : topic === 'renamed' ? { 'webhook-id': `${id}0` } : {}
    return await post.call(this, { ...call, headers: { ...call.headers, ...headers } })
  }
}

/** Does not push, pushes twice, another text, under several topics, what was read, to somebody else, and no reminders. */
export function breakPushes (store: Store): void {
  const { notify, pushes } = store
  const nosy = new Map<number, Push['notification']>()
  const known = new Map<string, Push>()
  store.notify = async draft => {
    const done = await notify(draft)
    if (draft.topic === 'nosy') nosy.set(done.seq, { seq: done.seq, content: JSON.parse(draft.body) as Push['notification']['content'], topic: 'nosy', expiresAt: null, scope: null, chain: null })
    return done
  }
  store.pushes = async (after, options) => {
    const page = await pushes(after, options)
    if (!page) return page
    for (const { push } of page.pushes) {
      known.set(push.subscription.userId, push)
      nosy.delete(push.seq)
    }
    const late = [...nosy].filter(([seq]) => seq <= page.upTo.seq)
    for (const [seq] of late) nosy.delete(seq)
    const more = late.map(([seq, notification]) => ({ push: { ...known.get('erin')!, seq, notification }, place: page.upTo }))
    return { ...page, pushes: [...page.pushes.flatMap((item, index) => suffer(item, page.pushes.findIndex(({ push }) => push.seq === item.push.seq) === index)), ...more] }
  }

  function suffer (item: PushPage['pushes'][number], isFirst: boolean): PushPage['pushes'] {
    const { push } = item
    const { notification, seq } = push
    const { content, topic } = notification
    const changed = (change: Partial<Push>) => ({ ...item, push: { ...push, ...change } })
    switch (topic) {
      case 'unpushed': return []
      // Of the same subscription and place, one call is made at a time.
      case 'repushed': return [item, changed({ subscription: { ...push.subscription, id: `${push.subscription.id}, again` } })]
      case 'mispushed': return [changed({ notification: { ...notification, content: { ...content, title: `not ${content.title}` } } })]
      case 'retagged': return [changed({ notification: { ...notification, chain: push.subscription.id } })]
      case 'stray': return isFirst ? [item, changed({ subscription: known.get('company_b.one')!.subscription })] : [item]
      case 'unreminded': return seq === notification.seq ? [item] : []
      default: return [item]
    }
  }
}
