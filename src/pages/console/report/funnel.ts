import type { Report as Reported, RecipientState } from '../../../client/backend/reports.ts'
import { counted } from '../parts/words.ts'

export type { RecipientState as ReportState, ReportedDemand as Demand } from '../../../client/backend/reports.ts'

/** What a report says while the log has the notification: all of it. */
export type Report = Required<Omit<Reported, 'id' | 'cursor' | 'acknowledge'>> & Pick<Reported, 'acknowledge'>

/** A step of the funnel: how many came as far, what that means, and of whom it is not said, and why. */
export interface Step {
  label: string
  count: number
  /** The recipients to list for it. */
  state: RecipientState
  means: string
  /** Who is left out at this step, with the state that lists them if there is one. */
  without?: { text: string, state?: RecipientState }
}

/** The steps from the audience to those who answered. Reading does not need seeing, so a later number may be the greater one. */
export function funnelOf ({ recipients, delivered, seen, read, acknowledged, late, acted, muted, acknowledge }: Report, topic: string | null): Step[] {
  const inbox = recipients - muted
  const rest = (from: number, to: number, why: string) => from > to ? { without: { text: `${people(from - to)} not yet: ${why}` } } : {}
  const steps: Step[] = [
    { label: 'Audience', count: recipients, state: 'recipients', means: 'Everybody in its audience when it was sent. Who left since is counted, who joined later is not.' },
    {
      label: 'Inbox',
      count: inbox,
      state: 'recipients',
      means: 'It went into their inbox.',
      ...(muted > 0 ? { without: { text: `${people(muted)} left out: the topic “${topic ?? ''}” was off for them.`, state: 'muted' as const } } : {})
    },
    { label: 'Delivered', count: delivered, state: 'delivered', means: 'An app of theirs confirmed it, or they saw, read or answered it.', ...rest(inbox, delivered, 'no app of theirs has confirmed it.') },
    { label: 'Seen', count: seen, state: 'seen', means: 'It was listed on a screen of theirs.', ...rest(delivered, seen, 'it came, and they have not opened the list.') },
    { label: 'Read', count: read, state: 'read', means: 'They opened it, or marked it as read.', ...rest(seen, read, 'they saw it in the list.') }
  ]
  if (acknowledge) steps.push({ label: 'Acknowledged', count: acknowledged, state: 'acknowledged', means: late > 0 ? `They confirmed that they know it, ${counted(late, 'of them', 'of them')} late.` : 'They confirmed that they know it.' })
  if (!acknowledge || acted > 0) steps.push({ label: 'Acted', count: acted, state: 'acted', means: 'They used one of its buttons.' })
  return steps
}

const people = (count: number) => counted(count, 'user')

/** A share as people read it: "100 %" only of all, "0 %" only of none. */
export function percent (part: number, whole: number): string {
  if (whole === 0) return '–'
  const share = part / whole * 100
  if (share > 0 && share < 1) return 'under 1 %'
  return `${share < 100 ? Math.min(99, Math.round(share)) : Math.round(share)} %`
}
