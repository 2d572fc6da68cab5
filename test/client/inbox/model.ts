import { formatCursor, parseCursor } from '../../../src/protocol/cursor.ts'
import type { NotificationType } from '../../../src/protocol/notification.ts'
import type { ServerFrame } from '../../../src/protocol/server-frames.ts'
import type { Answer } from '../../../src/client/seam.ts'
import { itemOf, shapeOf, stateOf, type Dialect, type Logged, type Note } from './notes.ts'

/** The inbox of one user, by the sentences of the contract: a list of notes, and the log of what happened to them. */
export class ModelServer {
  now: () => number
  dialect: Dialect
  epoch = 'epoch001'
  seq = 10
  floor = 10
  notes: Note[] = []
  log: Logged[] = []
  seen = 0
  /** The notes and the `seen` after each event. */
  readonly past = new Map<string, { notes: Note[], seen: number }>()
  #lastId = 0
  readonly #readAlls: { upTo: number, topic: string | undefined, at: number }[] = []
  /** Called with each event of the user's. */
  onEvent: (event: Logged) => void = () => {}

  constructor (now: () => number, dialect: Dialect) {
    this.now = now
    this.dialect = dialect
    this.#remember()
  }

  cursor (seq = this.seq): string {
    return formatCursor(this.epoch, seq)
  }

  // What happens.

  /** Somebody else's event. */
  noise (): void {
    this.seq++
    this.#remember()
  }

  notify ({ topic, type = 'info', lifetime, replaces, owed = false }: { topic?: string | undefined, type?: NotificationType, lifetime?: number | undefined, replaces?: string, owed?: boolean } = {}): string {
    const id = `n${++this.#lastId}`
    const note: Note = {
      id, seq: this.seq + 1, title: id, type, topic, expires: lifetime === undefined ? Infinity : this.now() + lifetime, revision: 1, read: false, archived: false, deleted: false, changed: { read: 0, archived: 0, deleted: 0 }, acted: undefined, owed, acknowledged: false, isHidden: false
    }
    this.notes.push(note)
    const payload = { ...shapeOf(note, this.#time()), read: false, ...(replaces === undefined ? {} : { replaces }) }
    this.#append(cursor => ({ type: 'notification', id, cursor, payload }))
    return id
  }

  recall (id: string): void {
    const note = this.#find(id)
    if (!note) return
    this.notes = this.notes.filter(other => other !== note)
    this.log = this.log.filter(({ frame }) => !((frame.type === 'notification' || frame.type === 'notification.updated') && frame.payload.id === id))
    this.#append(cursor => ({ type: 'notification.recalled', cursor, payload: { ids: [id] } }))
  }

  edit (id: string, type: NotificationType): void {
    const note = this.#find(id)
    if (!note || note.expires <= this.now()) return
    note.revision++
    note.type = type
    note.title = `${id}, revision ${note.revision}`
    this.#append(cursor => ({ type: 'notification.updated', id, cursor, payload: { ...shapeOf(note, this.#time()), revision: note.revision, updated_at: this.#time() } }))
  }

  mark (as: string, ids: string[], since?: string): Answer {
    const state = stateOf(as)
    const knownAt = this.#known(since)
    const here = ids.flatMap(id => this.#find(id) ?? [])
    const overtaken = here.filter(({ changed, deleted }) => state && changed[state] > knownAt && (state === 'deleted' || !deleted))
    const inInbox = here.filter(note => !overtaken.includes(note) && note.deleted === (as === 'restored'))
    const isRefused = ({ owed, acknowledged }: Note) => as === 'acknowledged' ? !owed : /^(archived|deleted)$/.test(as) && owed && !acknowledged
    const code = as === 'acknowledged' ? 'BLF_NOT_ACKNOWLEDGEABLE' : 'BLF_ACKNOWLEDGE_REQUIRED'
    const refused = inInbox.filter(isRefused).map(({ id }) => ({ id, code }))
    const found = inInbox.filter(({ id }) => !refused.some(one => one.id === id))
    if (inInbox.length + overtaken.length === 0) return { status: 404, body: { code: 'BLF_NOTIFICATION_NOT_FOUND', detail: '' } }
    const changed = found.filter(note => as === 'read' ? !note.read : as === 'unread' ? note.read : as === 'archived' ? !note.archived : as === 'unarchived' ? note.archived : as === 'acknowledged' ? !note.acknowledged : true)
    for (const note of changed) {
      note[state ?? 'acknowledged'] = as === (state ?? as)
      if (state) note.changed[state] = this.seq + 1
    }
    if (changed.length > 0) {
      const states = as === 'acknowledged' ? { at: this.#time(), late: [] } : as === 'restored' ? { archived: changed.filter(({ archived }) => archived).map(({ id }) => id) } : {}
      this.#append(cursor => ({ type: `notification.${as}`, cursor, payload: { ids: changed.map(({ id }) => id), ...states, ...this.#counts() } } as ServerFrame))
    }
    const known = [...inInbox, ...overtaken]
    return this.#done({ ids: [...found, ...overtaken].map(({ id }) => id), missing: ids.filter(id => !known.some(note => note.id === id)), overtaken: overtaken.map(({ id }) => id), ...(refused.length > 0 ? { refused } : {}) })
  }

  readAll (before: string | undefined, topic?: string, since?: string): Answer {
    const upTo = before === undefined ? this.seq : this.#place(before)
    if (upTo === undefined) return BAD_CURSOR
    const unread = this.#active().filter(note => !note.read && note.seq <= upTo && (topic === undefined || note.topic === topic))
    if (this.#readAlls.some(one => one.at > this.#known(since) && one.upTo >= upTo && (one.topic === undefined || one.topic === topic))) return this.#done({ count: 0 })
    if (unread.length > 0) this.#readAlls.push({ upTo, topic, at: this.seq + 1 })
    for (const note of unread) {
      note.read = true
      note.changed.read = this.seq + 1
    }
    const newest = Math.max(...unread.map(({ seq }) => seq))
    if (unread.length > 0) this.#append(cursor => ({ type: 'inbox.read_all', cursor, payload: { before: this.cursor(newest), ...(topic === undefined ? {} : { topic }), ...this.#counts() } }))
    return this.#done({ count: unread.length })
  }

  see (cursor: string): Answer {
    const upTo = this.#place(cursor)
    if (upTo === undefined) return BAD_CURSOR
    if (upTo > this.seen) {
      this.seen = upTo
      this.#append(own => ({ type: 'inbox.seen', cursor: own, payload: { cursor: this.cursor(upTo), unread_count: this.unread(), unseen_count: this.unseen() } }))
    }
    return this.#done({ unseen_count: this.unseen() })
  }

  act (id: string, action: string): Answer {
    const note = this.#find(id)
    if (!note || note.deleted) return { status: 404, body: { code: 'BLF_NOTIFICATION_NOT_FOUND', detail: '' } }
    if (note.acted === undefined) {
      note.acted = action
      this.#append(cursor => ({ type: 'notification.acted', cursor, payload: { id, action, at: this.#time(), unread_count: this.unread(), unseen_count: this.unseen() } }))
    }
    return this.#done({ id, action: note.acted, at: this.#time() })
  }

  /** The user joins or leaves a group: every third note comes or goes. */
  change (isCounted: boolean): void {
    const isHidden = !this.notes.some(note => note.isHidden)
    for (const [n, note] of this.notes.entries()) if (n % 3 === 0) note.isHidden = isHidden
    this.#append(cursor => ({ type: 'inbox.changed', cursor, payload: { reason: 'membership', ...(isCounted ? { unread_count: this.unread() } : {}) } }))
  }

  /** Retention removes most of the log, and nothing of the inbox. */
  retain (): void {
    this.floor = this.seq - 1
    this.log = this.log.filter(({ seq }) => seq > this.floor)
  }

  /** A restore from a backup: another log, with the same inbox. */
  restoreBackup (): void {
    const shift = 1000
    this.epoch = `epoch${String(Number(this.epoch.slice(5)) + 1).padStart(3, '0')}`
    this.seq += shift
    this.floor = this.seq
    this.log = []
    for (const note of this.notes) note.seq += shift
    this.seen += shift
    this.#remember()
  }

  // What is read.

  unread (at = { notes: this.notes, seen: this.seen }): number {
    return this.#active(at.notes).filter(({ read }) => !read).length
  }

  unseen (at = { notes: this.notes, seen: this.seen }): number {
    return this.#active(at.notes).filter(({ seq }) => seq > at.seen).length
  }

  /** What the counts were at a cursor. */
  countsAt (epoch: string, seq: number): { unread: number, unseen: number } {
    const at = this.past.get(formatCursor(epoch, seq))!
    return { unread: this.unread(at), unseen: this.unseen(at) }
  }

  /** What a list holds, now or at a cursor of the past. */
  list (query: URLSearchParams, at = this.cursor()): { id: string, cursor: string }[] {
    const [view, topic, type, unread] = ['view', 'topic', 'type', 'unread'].map(name => query.get(name))
    const all = at === this.cursor() ? this.notes : this.past.get(at)!.notes
    const notes = all.filter(note => !note.isHidden && note.expires > this.now() &&
      (view === 'deleted' ? note.deleted : view === 'archived' ? note.archived && !note.deleted : !note.archived && !note.deleted) &&
      (topic == null || note.topic === topic) && (type == null || note.type === type) && (unread == null || note.read !== (unread === 'true')))
    return notes.sort((a, b) => b.seq - a.seq).map(note => ({ ...itemOf(note, this.#time()), cursor: this.cursor(note.seq) }))
  }

  page (query: URLSearchParams): Answer {
    const before = query.get('before')
    const upTo = before === null ? Infinity : this.#place(before)
    if (upTo === undefined) return BAD_CURSOR
    const all = this.list(query).filter(item => parseCursor(item.cursor)!.seq < upTo)
    const items = all.slice(0, Number(query.get('limit')))
    return this.#done({ items, next_before: all.length > items.length ? items.at(-1)!.cursor : null, unseen_count: this.unseen() })
  }

  count (): Answer {
    return this.#done({ unseen_count: this.unseen() })
  }

  /** The frames that a new connection begins with. */
  attach (since: string | undefined): ServerFrame[] {
    const place = since === undefined ? undefined : parseCursor(since)
    const reason = since === undefined ? undefined : !place ? 'unreadable' : place.epoch !== this.epoch ? 'epoch' : place.seq > this.seq ? 'future' : place.seq < this.floor ? 'expired' : undefined
    const resume = since === undefined ? 'none' : reason ? 'gap' : 'complete'
    const welcome = { connection_id: 'c', user: { id: 'u', role: 'user', created_at: '' }, unread_count: this.unread(), unseen_count: this.unseen(), heartbeat_interval: 25, resume } as const
    const frames: ServerFrame[] = [{ type: 'welcome', cursor: since ?? this.cursor(), payload: welcome }]
    if (reason) frames.push({ type: 'gap', cursor: this.cursor(), payload: { reason } })
    if (resume !== 'complete') return frames
    const missed = this.log.filter(({ seq }) => seq > place!.seq).map(({ frame }) => frame)
    return [...frames, ...missed, { type: 'caught_up', cursor: this.cursor(), payload: { count: missed.length } }]
  }

  #active (notes = this.notes): Note[] {
    return notes.filter(note => !note.archived && !note.deleted && !note.isHidden && note.expires > this.now())
  }

  #find (id: string): Note | undefined {
    return this.notes.find(note => note.id === id && !note.isHidden && note.expires > this.now())
  }

  /** Up to where somebody who says so knew this log. */
  #known (since: string | undefined): number {
    const place = parseCursor(since ?? '')
    return place?.epoch === this.epoch ? place.seq : Infinity
  }

  #place (cursor: string): number | undefined {
    const place = parseCursor(cursor)
    return place?.epoch === this.epoch && place.seq <= this.seq ? place.seq : undefined
  }

  #counts () {
    return { unread_count: this.unread(), ...(this.dialect.saysUnseen ? { unseen_count: this.unseen() } : {}) }
  }

  #time (): string {
    return new Date(this.now()).toISOString()
  }

  #done (body: object): Answer {
    return { status: 200, body: structuredClone({ ...body, unread_count: this.unread(), cursor: this.cursor() }) }
  }

  #append (make: (cursor: string) => ServerFrame): void {
    this.seq++
    const event = { seq: this.seq, frame: structuredClone(make(this.cursor())) }
    this.#remember()
    this.log.push(event)
    this.onEvent(event)
  }

  #remember (): void {
    this.past.set(this.cursor(), { notes: structuredClone(this.notes), seen: this.seen })
  }
}

const BAD_CURSOR: Answer = { status: 400, body: { code: 'BLF_BAD_CURSOR', detail: 'The cursor is not valid in this log.' } }
