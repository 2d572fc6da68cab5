import { formatCursor, parseCursor } from '../../protocol/cursor.ts'
import { reportFault } from '../events.ts'
import { newId } from '../sending/id.ts'
import { isTemporary } from '../shared/answer.ts'
import type { Event } from './entity.ts'
import { reportAnswer } from './loader.ts'
import type { Store, Task } from './store.ts'

/** The most notifications that one call marks. */
export const MOST_IDS = 100
/** How many marks a tab remembers the outcome of, for tabs that missed it. */
const REMEMBERED = 500

/** What a user wants changed, shown before the server has it, as the frame that it will be. */
export interface Mark {
  /** Unique over tabs. */
  readonly id: string
  /** Once the server has it, of the ids that it found. */
  readonly frame: Event
  /** When it was made: RFC 3339. */
  readonly time: string
  /** The `seq` at which the server has it: it is shown until the frames have come that far. Infinity: it is on its way, -1: it was refused. */
  readonly at: number
  /** Those of its ids that were known where it was made. Absent in marks of earlier versions. */
  readonly known?: readonly string[]
  /** The newest cursor that was known when it was sent first: what was done later is not undone, whenever the server gets it. Absent: it was not sent. */
  since?: string | undefined
}

/** What tabs tell each other: marks that are new or have come to their end, and whether they ask for the other's. */
interface TabMessage { marks?: Mark[], asks?: boolean }

/** The marks of all tabs. One tab leads: it alone sends them to the server. */
export interface Marks {
  /** Marks that the server does not have yet. */
  open (): Mark[]
  /** Shows a mark, and sends it as soon as possible. Resolves when it has come to its end. */
  add (frame: Event): Promise<Mark>
  /** Takes marks of another tab, or of a storage. */
  take (marks: readonly Mark[]): void
  onTabMessage (message: unknown): void
  /** The connection or who leads has changed: every tab tells of the marks that it knows. */
  onConnection (): void
  /** Gives up every mark: the user has gone. */
  clear (): void
}

/** Sends marks in their order, one call at a time. They wait while there is no connection, and during a replay. */
export function createMarks (store: Store): Marks {
  const { _replica: replica, core } = store
  /** Who waits for the outcome of a mark. */
  const waiting = new Map<string, (mark: Mark) => void>()
  const settled = new Map<string, Mark>()
  /** Marks that the server may have: it was asked, and no answer came. */
  const tried = new Set<string>()
  const task: Task = {}
  let isSending = false
  let tries = 0

  const open = () => replica.marks.filter(({ at }) => at === Infinity)
  const tell = (marks: Mark[], asks?: boolean) => core.broadcastToTabs({ marks, asks } as TabMessage)

  const settle = (mark: Mark) => {
    const { id } = mark
    // Tabs that led one after the other may both have sent it: its first outcome holds.
    if (settled.has(id)) return
    replica.marks = replica.marks.map(other => other.id === id ? mark : other).filter(({ at }) => at > replica.at)
    settled.set(id, mark)
    if (settled.size > REMEMBERED) settled.delete(settled.keys().next().value!)
    waiting.get(id)?.(mark)
    waiting.delete(id)
    tried.delete(id)
  }

  const take = (marks: readonly Mark[]) => {
    for (const mark of marks) {
      const known = settled.get(mark.id)
      const mine = replica.marks.find(({ id }) => id === mark.id)
      if (mark.at < Infinity) settle(mark)
      else if (known) tell([known])
      else if (mine) mine.since ??= mark.since
      else {
        replica.marks = [...replica.marks, mark]
        // Whoever told it may not have heard yet how it ended, which was told before this tab was there.
        tell([mark])
      }
    }
    store._touch()
  }

  /**
   * Those ids of a mark that are as it wants them if they are not found: what is deleted cannot be deleted, nor what is there
   * be restored. Another device was first, or this mark itself, by an answer that was lost or another tab that led.
   */
  const sureOf = ({ id, frame: { type, payload }, known }: Mark): readonly string[] => {
    return (/deleted|restored/.test(type) && (tried.has(id) ? payload.ids : known)) || []
  }

  /** Makes the next call. Marks of the same kind that wait behind one another share it. */
  const send = async () => {
    const batch = batchOf(open())
    const { since: first, frame: { type, payload } } = batch[0]!
    const ids = idsOf(batch)
    // Known by frames, pages and answers to marks.
    const since = first ?? formatCursor(replica.epoch!, Math.max(replica.at, ...replica.marks.map(({ at }) => at < Infinity ? at : 0), ...ids.map(id => replica._entities.get(id)?._asOf ?? 0)))
    for (const mark of batch) mark.since ??= since
    // Who sends it next, says the same.
    tell(batch)
    isSending = true
    let answer = await store.call('POST', ...callOf(type, { ...payload.ids ? { ids } : payload, since }))
    const isMissing = answer?.status === 404
    // They are shown as they are wanted until the frames have come as far as that, which this answer does not say.
    if (isMissing && batch.some(mark => sureOf(mark).length > 0)) answer = await store.call('GET', 'me/unread-count')
    isSending = false
    const { status = 0, retryAfter, body } = answer ?? {}
    const found: Found = (status === 200 && body) || {}
    const place = parseCursor(`${found.cursor}`)
    if (place || isRefusal(status)) {
      tries = 0
      // Of another log than the frames: there is nothing to wait for.
      const at = place && place.epoch === (replica.epoch ?? place.epoch) ? place.seq : -1
      const refused = new Map(found.refused?.map(({ id, code }) => [id, code]))
      const outcomes = batch.map(mark => settled.get(mark.id) ?? outcomeOf(mark, at, found, place ? sureOf(mark).filter(id => !refused.has(id)) : []))
      if (!place && outcomes.some(mark => mark.at < 0)) reportAnswer(store, answer!)
      const undone = place ? ids.filter(id => !idsOf(outcomes).includes(id)) : []
      for (const code of new Set(undone.map(id => refused.get(id)))) {
        const ids = undone.filter(id => refused.get(id) === code).join(', ')
        core.report(code ? { code, reason: `refused: ${ids}` } : { code: 'BLF_NOTIFICATION_NOT_FOUND', reason: `not in the inbox: ${ids}` })
      }
      tell(outcomes)
      take(outcomes)
    } else {
      tries++
      if (!isMissing) for (const { id } of batch) tried.add(id)
      if (retryAfter) task.due = store.now() + retryAfter
      store._touch()
    }
  }

  store._workers.push(() => {
    if (!isSending && core.leads && core.connection === 'connected' && !replica.replay && open().length > 0 && store._isDue(task, store._delay(tries))) send().catch(reportFault)
  })

  return {
    open,
    take,
    async add (frame) {
      const known = frame.payload.ids?.filter(id => replica._entities.has(id)) ?? []
      const mark = { id: newId(), frame, time: new Date(store.now()).toISOString(), at: Infinity, known }
      if (core.connection === 'disconnected') {
        // Nobody knows when it would be sent, nor whether it could be kept until then.
        core.report({ code: 'disconnected', reason: 'A mark was not made: call connect() before.' })
        return outcomeOf(mark, -1, {}, [])
      }
      take([mark])
      return await new Promise(resolve => waiting.set(mark.id, resolve))
    },
    onTabMessage (message) {
      const { marks, asks } = message as TabMessage
      // Another tab may be of another version.
      if (!Array.isArray(marks)) return
      take(marks)
      if (asks) tell(open())
    },
    onConnection () {
      tries = 0
      task.due = undefined
      tell(open(), true)
    },
    clear () {
      for (const mark of open()) settle({ ...mark, at: -1 })
      settled.clear()
    }
  }
}

/** What an answer says of the marks that were sent. `refused`: what is in the inbox, but was left as it is. */
interface Found { cursor?: string, ids?: readonly string[], refused?: readonly { id: string, code: string }[], action?: string }

/** A mark that the server has, of what it found and what is `sure` to be so already; or refused it. */
function outcomeOf (mark: Mark, at: number, { ids = [], action }: Found, sure: readonly string[]): Mark {
  const { type, payload } = mark.frame
  return payload.ids
    ? { ...mark, at, frame: { type, payload: { ids: payload.ids.filter(id => ids.includes(id) || sure.includes(id)) } } }
    : { ...mark, at: action === payload.action ? at : -1 }
}

/** Whether the server has it, of one of its ids at least. */
export const isDone = ({ at, frame }: Mark): boolean => at >= 0 && frame.payload.ids?.length !== 0

/** Whether the same call would be answered alike a little later. A 401 waits for a new token. */
const isRefusal = (status: number) => status >= 400 && status !== 401 && !isTemporary(status)

/** The call that makes a mark: path and body. */
function callOf (type: string, payload: Event['payload'] & { since: string }): [path: string, body?: object] {
  switch (type) {
    case 'inbox.read_all': return ['read-all', payload]
    case 'inbox.seen': return ['seen', { cursor: payload.cursor }]
    case 'notification.acted': return [`${encodeURIComponent(payload.id!)}/actions/${encodeURIComponent(payload.action!)}`]
    default: return ['mark', { as: type.slice(13), ...payload }]
  }
}

const idsOf = (marks: readonly Mark[]) => [...new Set(marks.flatMap(({ frame }) => frame.payload.ids ?? []))]

/** The marks that the next call makes: those at the front that differ only in their ids. */
function batchOf (marks: readonly Mark[]): Mark[] {
  const { type, payload } = marks[0]!.frame
  const other = marks.findIndex(({ frame }, n) => n > 0 && (!payload.ids || frame.type !== type || idsOf(marks.slice(0, n + 1)).length > MOST_IDS))
  return other < 0 ? [...marks] : marks.slice(0, other)
}
