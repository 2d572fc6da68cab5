import { MAX_SUMMED } from '../../preferences/quiet.ts'
import type { PushPayload } from '../../protocol/outbound/push.ts'
import type { Push } from '../../store/contract/pushes.ts'
import type { ReceiptSubject } from './vapid.ts'
import { pushTopic } from './payload.ts'
import type { Message } from './sender.ts'

/** How many titles a summary has. */
const MAX_TITLES = 5

/** The message for one notification. A reminder of it has the same topic: it takes its place, and rings again. */
export function messageOf (push: Push, unread: number, receiptOf: (subject: ReceiptSubject) => string): Message {
  const { seq, notification: { content, expiresAt, chain }, subscription } = push
  const { id, title, message, url, actions, urgency = 'normal' } = content
  const topic = pushTopic(chain === null ? `id ${id}` : `chain ${chain}`)
  const payload: PushPayload = {
    id,
    title,
    message,
    ...(url === undefined ? {} : { url }),
    ...(actions === undefined || actions.length === 0 ? {} : { actions: actions.map(({ id, label, url }) => ({ id, label, ...(url === undefined ? {} : { url }) })) }),
    unread_count: unread,
    receipt: receiptOf({ subscriptionId: subscription.id, seq }),
    tag: topic
  }
  return { subscription, payload, expiresAt, urgency, topic }
}

/** One message for several notifications, the newest last, of one subscription: `pushes` are not empty. */
export function summaryOf (pushes: Push[], unread: number, receiptOf: (subject: ReceiptSubject) => string): Message {
  const newest = pushes.at(-1)!
  if (pushes.length === 1) return messageOf(newest, unread, receiptOf)
  const titles = pushes.map(({ notification }) => notification.content.title).reverse()
  const topic = pushTopic('summary')
  const isMore = titles.length > MAX_SUMMED
  const left = titles.length - MAX_TITLES
  const payload: PushPayload = {
    id: newest.notification.content.id,
    title: isMore ? `More than ${MAX_SUMMED} new notifications` : `${titles.length} new notifications`,
    message: [...titles.slice(0, MAX_TITLES), ...left > 0 ? [isMore ? 'and more' : `and ${left} more`] : []].join('\n'),
    unread_count: unread,
    tag: topic
  }
  const ends = pushes.map(({ notification: { expiresAt } }) => expiresAt ?? Infinity)
  const expiresAt = Math.max(...ends)
  return { subscription: newest.subscription, payload, expiresAt: expiresAt === Infinity ? null : expiresAt, urgency: 'normal', topic }
}
