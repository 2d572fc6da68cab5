import { deepEqual, equal } from 'node:assert/strict'
import fc from 'fast-check'
import { test } from 'tap'
import { createPreferences } from '../../../src/client/preferences/store.ts'
import type { Answer, Core } from '../../../src/client/seam.ts'
import { errorOf } from '../../../src/client/shared/answer.ts'
import { toPreferences } from '../../../src/notification/present.ts'
import { merge, NOTHING_CHOSEN } from '../../../src/preferences/change.ts'
import type { PreferencesRecord } from '../../../src/preferences/records.ts'
import type { Preferences, PreferencesChange } from '../../../src/protocol/preferences.ts'
import { HandClock, settled } from '../inbox/hand-clock.ts'

type Frame = { type: string, cursor: string, payload: object }
interface Call { tab: Tab, process: () => Answer, answer?: Answer, resolve: (answer: Answer) => void, reject: (error: Error) => void }

/** The preferences of one user as a server has them: a topic that is locked cannot be chosen for. */
class Server {
  record: PreferencesRecord = { own: NOTHING_CHOSEN, operator: [], company: [], seq: 1 }
  onChange: (frame: Frame) => void = () => {}

  get preferences (): Preferences { return toPreferences('epoch001', this.record) }

  change (change: PreferencesChange): Answer {
    if (Object.hasOwn(change.topics ?? {}, 'locked')) return { status: 409, body: { code: 'BLF_PREFERENCE_LOCKED', detail: '' } }
    const own = merge(this.record.own, change)
    if (JSON.stringify(own) !== JSON.stringify(this.record.own)) this.#set({ own }, { topics: Object.keys(change.topics ?? {}), quiet_until: null })
    return { status: 200, body: this.preferences }
  }

  put (topic: string, isOn: boolean): void {
    this.#set({ operator: [{ topic, company: null, settings: { description: null, default: isOn ? 'on' : 'off', isLocked: false, channels: {} } }] }, { topics: [topic] })
  }

  #set (fields: Partial<PreferencesRecord>, payload: object): void {
    this.record = { ...this.record, ...fields, seq: this.record.seq + 1 }
    this.onChange({ type: 'preferences.changed', cursor: this.preferences.cursor, payload })
  }
}

/** A page, and the frames on their way to it. */
class Tab implements Core {
  readonly base = 'http://model'
  readonly user = 'u'
  readonly leads = true
  readonly onLeave = new Set<() => void>()
  connection: Core['connection'] = 'connecting'
  readonly clock: HandClock
  readonly frames: Frame[] = []
  readonly #calls: Call[]
  readonly #server: Server
  readonly #listeners = new Map<string, ((value: any) => void)[]>()
  readonly store

  constructor (clock: HandClock, server: Server, calls: Call[]) {
    this.clock = clock
    this.#server = server
    this.#calls = calls
    this.store = createPreferences(this, (event, listener) => {
      this.#listeners.set(event, [...this.#listeners.get(event) ?? [], listener])
      return () => {}
    })
    this.store.subscribe(() => {})
  }

  call (method: string, _path: string, body?: unknown): Promise<Answer> {
    const process = () => method === 'GET' ? { status: 200, body: this.#server.preferences } : this.#server.change(body as PreferencesChange)
    return new Promise((resolve, reject) => this.#calls.push({ tab: this, process, resolve, reject }))
  }

  readonly errorOf = errorOf
  broadcastToTabs (): void {}
  report (): void {}

  emit (event: string, value: unknown): void {
    for (const listener of this.#listeners.get(event) ?? []) listener(value)
  }

  /** What is on its way comes with the next connection. */
  set (connection: Core['connection']): void {
    const previous = this.connection
    if (previous === connection) return
    this.connection = connection
    this.emit('state', { state: connection, previous })
  }

  /** What was on its way does not come, and the tab is told so. */
  miss (): void {
    if (this.connection !== 'connected') return
    this.frames.length = 0
    this.emit('gap', { type: 'gap', cursor: this.#server.preferences.cursor, payload: { reason: 'expired' } })
  }

  deliver (): boolean {
    const frame = this.connection === 'connected' ? this.frames.shift() : undefined
    if (frame) this.emit(frame.type, frame)
    return frame !== undefined
  }
}

const step = fc.record({ what: fc.nat(99), a: fc.nat(100), b: fc.nat(100) })
const TOPICS = ['orders', 'news', '__proto__', 'locked']

async function play (steps: { what: number, a: number, b: number }[]): Promise<void> {
  const [clock, server, calls] = [new HandClock(), new Server(), [] as Call[]]
  const tabs = [0, 1].map(() => new Tab(clock, server, calls))
  server.onChange = frame => { for (const { frames } of tabs) frames.push(frame) }
  for (const tab of tabs) tab.set('connected')
  const done: { change: Promise<boolean>, isLocked: boolean }[] = []
  const go = (n: number, isLost: boolean) => {
    const call = calls[n]
    if (!call) return false
    if (!isLost && !call.answer) call.answer = call.process()
    else {
      calls.splice(n, 1)
      if (isLost) call.reject(new Error('lost'))
      else call.resolve(structuredClone(call.answer!))
    }
    return true
  }
  for (const { what, a, b } of steps) {
    const tab = tabs[a % 2]!
    const topic = TOPICS[b % 4]!
    if (what < 20) done.push({ change: tab.store.setTopic(topic, a % 5 === 0 ? null : { inbox: a % 3 ? 'off' : 'on', ...a % 4 ? {} : { mail: 'digest' } }), isLocked: topic === 'locked' })
    else if (what < 25) done.push({ change: tab.store.setQuietHours(a % 3 ? { timezone: 'UTC', days: ['mon'], from: '22:00', to: `0${b % 10}:00` } : null), isLocked: false })
    else if (what < 32) server.change({ topics: { [TOPICS[b % 3]!]: { inbox: a % 2 ? 'on' : 'off' } } })
    else if (what < 37) server.put(TOPICS[b % 3]!, a % 2 === 0)
    else if (what < 39) tab.set(tab.connection === 'connected' ? 'connecting' : 'connected')
    else if (what < 42) tab.miss()
    else if (what < 60) tab.deliver()
    else if (what < 90) go(b % Math.max(1, calls.length), a % 6 === 0)
    else await clock.advance(a * 50)
    await settled()
  }
  for (const tab of tabs) tab.set('connected')
  await settled()
  if (steps.length % 2) {
    // Something changes while answers are on their way that do not have it.
    for (const { store } of tabs) store.load().catch(() => {})
    await settled()
    for (const call of calls) call.answer ??= call.process()
    server.put('news', server.preferences.effective.topics['news']?.inbox.value === 'off')
    while (tabs.map(tab => tab.deliver()).includes(true));
  }
  for (let quiet = 0; quiet < 2; quiet++) {
    await settled()
    while (calls.length > 0 || tabs.some(({ frames }) => frames.length > 0)) {
      for (const tab of tabs) tab.deliver()
      go(0, false)
      await settled()
      quiet = 0
    }
    await clock.advance(40_000)
    if (calls.length > 0) quiet = -1
  }
  for (const { change, isLocked } of done) equal(await change, !isLocked)
  for (const { store } of tabs) deepEqual(structuredClone(store.getSnapshot()), { preferences: structuredClone(server.preferences), networkStatus: 'ready', stale: false })
}

test('whatever the network does, in the end every tab shows the preferences of the server', async t => {
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 80, size: 'max' }), play), { numRuns: 60, seed: 16 })
  t.pass()
})
