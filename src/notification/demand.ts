import type { Audience } from '../../schemas/audience.ts'
import type { Acknowledge } from '../../schemas/sending/life.ts'
import type { Demand } from '../store/contract/demands.ts'
import { formatTimestamp, parseTimestamp } from '../protocol/timestamp.ts'
import { invalid } from './check.ts'

/** That a notification must be acknowledged, from a send's body. */
export interface Demanded {
  by?: number | undefined
  remindSeconds?: number | undefined
  reminders?: number | undefined
  escalateTo?: Audience | undefined
}

const DAY_MS = 86_400_000
const MAX_REMINDERS = 6
/** What the id of an escalation ends with, after the notification's own; and the longest id. */
const ESCALATION = '.escalation'
const MAX_ID = 128

/** Reads it, of which `path` is the JSON Pointer. Throws BLF_VALIDATION. */
export function readDemand (path: string, given: Acknowledge | undefined): Demanded | undefined {
  if (given === undefined) return undefined
  const { by: text, remind_every: remindSeconds, reminders, escalate_to: escalateTo } = given
  const by = text === undefined ? undefined : parseTimestamp(text)
  if (text !== undefined && by === undefined) throw invalid(`${path}/by`, 'must be a date and time that exists')
  if (reminders !== undefined && remindSeconds === undefined) throw invalid(`${path}/remind_every`, 'is required with reminders')
  if (escalateTo !== undefined && by === undefined) throw invalid(`${path}/by`, 'is required with escalate_to')
  return { by, remindSeconds, reminders, escalateTo }
}

interface Times { demanded?: Demanded | undefined, id?: string | undefined, label?: string | undefined, expiresAt?: number | undefined, sendAt?: number | undefined, path?: string }

/** Throws BLF_VALIDATION for what is wrong whenever it is said. */
export function checkDemand ({ demanded, id, label, expiresAt, path = '' }: Times): void {
  if (!demanded) return
  const { by, escalateTo } = demanded
  if (by !== undefined && expiresAt !== undefined && by > expiresAt) throw invalid(`${path}/acknowledge/by`, 'must not be after expires_at')
  if (escalateTo && (id ?? label ?? '').length + ESCALATION.length > MAX_ID) throw invalid(`${path}/id`, `must have at most ${MAX_ID - ESCALATION.length} characters with escalate_to`)
}

/** The BLF_VALIDATION error for a `by` that is too early or too late now; a retry may come when it is past. */
export function faultOfDemand ({ demanded, sendAt, path = '' }: Times, retentionDays: number): Error | undefined {
  if (demanded?.by === undefined) return undefined
  const from = sendAt ?? Date.now()
  if (demanded.by <= from) return invalid(`${path}/acknowledge/by`, sendAt === undefined ? 'must be in the future' : 'must be after send_at')
  if (demanded.by > from + retentionDays * DAY_MS) return invalid(`${path}/acknowledge/by`, `must be within the ${retentionDays} days that notifications are kept`)
  return undefined
}

/** What the store keeps of it; `escalation`: the audience keys of `escalateTo`. */
export function toDemand ({ by, remindSeconds, reminders }: Demanded, escalation: string[] | undefined): Demand {
  return {
    by: by ?? null,
    remindMs: remindSeconds === undefined ? null : remindSeconds * 1_000,
    reminders: remindSeconds === undefined ? 0 : reminders ?? MAX_REMINDERS,
    escalate: escalation ?? null
  }
}

/** What its readers see of it. */
export function shownDemand ({ by }: Demanded): { by?: string } {
  return by === undefined ? {} : { by: formatTimestamp(by) }
}
