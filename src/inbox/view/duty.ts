import type { InboxItem } from '@belfry/client'
import { put, type Words } from '../words/words.ts'

/** How it stands with a notification that must be acknowledged: `due` is one that was not in time, `late` one that was, afterwards. */
export type Duty = 'open' | 'due' | 'done' | 'late'

/** Undefined: it need not be acknowledged. `now` is in milliseconds. */
export function dutyOf ({ acknowledge, acknowledged_at: at }: InboxItem, now: number): Duty | undefined {
  if (!acknowledge) return undefined
  const by = Date.parse(acknowledge.by ?? '') || Infinity
  if (at !== undefined) return Date.parse(at) > by ? 'late' : 'done'
  return now > by ? 'due' : 'open'
}

/** Whether it must still be acknowledged, and can be neither archived nor deleted until then. */
export function isRequired ({ acknowledge, acknowledged_at: at }: InboxItem): boolean {
  return acknowledge !== undefined && at === undefined
}

/** What a row says of it: until when, or when it was. */
export function dutyText (item: InboxItem, words: Words, now: number): string | undefined {
  const { messages } = words
  const { acknowledge, acknowledged_at: at } = item
  switch (dutyOf(item, now)) {
    case 'open': return acknowledge!.by === undefined ? messages.acknowledgeOpen : put(messages.acknowledgeBy, { time: words.moment(Date.parse(acknowledge!.by), now) })
    case 'due': return put(messages.acknowledgeDue, { time: words.moment(Date.parse(acknowledge!.by!), now) })
    case 'done': return put(messages.acknowledged, { time: words.ago(Date.parse(at!), now) })
    case 'late': return put(messages.acknowledgedLate, { time: words.ago(Date.parse(at!), now) })
    default: return undefined
  }
}
