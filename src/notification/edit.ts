import type { Edit as EditBody } from '../../schemas/sending/edit.ts'
import { formatTimestamp } from '../protocol/timestamp.ts'
import type { Edit, NotificationRecord } from '../store/store.ts'
import { checkContent, invalid } from './check.ts'
import { readTime } from './draft.ts'

/**
 * The change that a body asks for; `known`: what stays as it is of the notification, if the caller may know it.
 * Throws BLF_VALIDATION for rules that JSON Schema cannot express.
 */
export function editOf ({ revision, expires_at: expiry, ...rest }: EditBody, known?: Pick<NotificationRecord, 'topic' | 'isLate'>): Edit {
  const { data, url, icon, actions, type } = rest
  if (Object.keys(rest).length === 0 && expiry === undefined) throw invalid('/', 'must have a field to change')
  if (data?.topic !== undefined && known && data.topic !== known.topic) throw invalid('/data/topic', 'must stay as it is')
  if (expiry === null && known?.isLate) throw invalid('/expires_at', 'must stay, because the notification is for late joiners')
  const newData = data && (known?.topic == null ? data : { ...data, topic: known.topic })
  checkContent('', { data: newData, url: url ?? undefined, icon: icon ?? undefined, actions: actions ?? undefined })
  const expiresAt = expiry === null ? null : readTime('/expires_at', expiry)
  if (typeof expiresAt === 'number' && expiresAt <= Date.now()) throw invalid('/expires_at', 'must be in the future')
  return {
    fields: { ...rest, ...(expiresAt === undefined ? {} : { expires_at: expiresAt === null ? null : formatTimestamp(expiresAt) }) },
    ...(type === undefined ? {} : { type }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(revision === undefined ? {} : { revision })
  }
}
