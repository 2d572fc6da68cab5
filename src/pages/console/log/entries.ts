import type { FeedItem, FeedType } from '../../../protocol/outbound/feed.ts'
import type { SentNotification } from '../sending/sent.ts'

/** What an event is in a word or two; one of a later version is what it says. */
const WORDS: Record<FeedType, string> = {
  'notification.sent': 'Sent',
  'notification.updated': 'Edited',
  'notification.recalled': 'Recalled',
  'notification.read': 'Read',
  'notification.unread': 'Marked as unread',
  'notification.archived': 'Archived',
  'notification.unarchived': 'Back from the archive',
  'notification.deleted': 'Deleted',
  'notification.restored': 'Restored',
  'notification.acknowledged': 'Acknowledged',
  'notification.acted': 'Chose an action',
  'inbox.read_all': 'Read everything',
  'user.created': 'User created',
  'user.updated': 'User changed',
  'user.removed': 'User removed',
  'delivery.failed': 'Delivery given up',
  'webhook.disabled': 'Webhook disabled'
}

export const wordOf = (type: string) => type in WORDS ? WORDS[type as FeedType] : type

const typesIn = (prefix: RegExp) => (Object.keys(WORDS) as FeedType[]).filter(type => prefix.test(type))

/** What the log can be narrowed to, by the names that the address has. */
export const KINDS: Record<string, { label: string, types: FeedType[] }> = {
  sent: { label: 'Sent, edited, recalled', types: typesIn(/sent|updated$|recalled/).filter(type => !type.startsWith('user')) },
  readers: { label: 'What readers do', types: typesIn(/^inbox|^notification\.(?!sent|updated|recalled)/) },
  users: { label: 'Users', types: typesIn(/^user/) },
  failures: { label: 'Failed deliveries', types: typesIn(/^(delivery|webhook)/) }
}

/** Whether what is known of notifications may be older than an event. */
export const concernsSent = ({ type }: FeedItem) => KINDS['sent']!.types.includes(type as FeedType)

/** An event of the log, with the notification that it is about where that is known. */
export interface Entry { event: FeedItem, sent: SentNotification | undefined }

/** Who did it: of what was sent its sender, by name and, for a user, with the id. Undefined where nobody did, or nobody is known. */
export function actorOf ({ event: { type, user_id: user }, sent }: Entry): { key?: string, user?: string } | undefined {
  if (type.startsWith('user.')) return undefined
  if (type !== 'notification.sent') return user === undefined ? undefined : { user }
  const [kind, id] = sent ? sent.sender.split(/:(.*)/s) : []
  return id === undefined ? undefined : kind === 'key' ? { key: id } : { user: id }
}
