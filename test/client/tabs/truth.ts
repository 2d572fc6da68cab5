import { Belfry } from '../../../src/client/belfry.ts'
import type { InboxStorage } from '../../../src/client/seam.ts'
import { random, type Random } from '../../random.ts'
import { ModelServer } from '../inbox/model.ts'
import { Browser, type Tab } from '../world/browser.ts'
import type { FakeSocket } from '../world/server.ts'
import { settled, token, World } from '../world/world.ts'

const SEQUENCES = [
  ['archive', 'undo'], ['delete', 'undo', 'archive'], ['archive', 'delete', 'undo'], ['delete', 'restore', 'delete', 'undo'],
  ['markAsRead', 'undo', 'delete', 'restore'], ['markAllAsRead', 'undo']
] as const
type Verb = (typeof SEQUENCES)[number][number]
interface Answer { status: number, body?: unknown }

/** A call on its way to the server, or its answer on the way back. */
interface Call { process: () => Answer, isMark: boolean, answer?: Answer, resolve: (answer: Answer) => void, reject: (error: Error) => void }

interface OpenTab { name: string, tab: Tab, client: Belfry, complaints: string[] }

/**
 * Three tabs of a user, the whole client of each, and a server behind a way that is cut, fails, and delivers calls late that
 * were given up. Pages are frozen, so that the connection goes from tab to tab. Everything by chance, and the same for a seed.
 */
class Play {
  readonly random: Random
  readonly #world = new World()
  readonly #browser = new Browser(this.#world)
  readonly server: ModelServer
  readonly tabs: OpenTab[] = []
  readonly #calls: Call[] = []
  /** Calls that the client has given up and that the server gets at some time. */
  readonly #late: Call[] = []
  readonly #frames = new Map<FakeSocket, object[]>()
  readonly #stored = new Map<string, string>()
  #sockets = 0
  #isDown = false
  #frozen: { tab: Tab, isTold: boolean } | undefined
  #freezes = 0

  constructor (seed: number) {
    this.random = random(seed)
    const { clock } = this.#world
    this.server = new ModelServer(() => clock.now() + 1_000_000, { saysUnseen: true })
    this.server.onEvent = ({ frame }) => { for (const frames of this.#frames.values()) frames.push(structuredClone(frame)) }
  }

  open (isStored: boolean): void {
    const tab = this.#browser.tab()
    const fetch = (url: string, init: RequestInit) => new Promise<Response>((resolve, reject) => {
      const call: Call = {
        process: () => this.#answer(new URL(url), init),
        isMark: init.method === 'POST',
        resolve: ({ status, body }) => tab.soon(() => resolve(new Response(JSON.stringify(body), { status }))),
        reject: error => tab.soon(() => reject(error))
      }
      init.signal!.addEventListener('abort', () => { this.#giveUp(call) })
      this.#calls.push(call)
    })
    const storage: InboxStorage = {
      load: async key => this.#stored.has(key) ? JSON.parse(this.#stored.get(key)!) : undefined,
      save: async (key, inbox) => { this.#stored.set(key, JSON.stringify(inbox)) },
      wipe: async key => { this.#stored.delete(key) }
    }
    const client = new Belfry('https://belfry.test', {
      token: token('u'), websocket: this.#world.server.WebSocket, fetch: fetch as typeof globalThis.fetch, minReconnectDelay: 20, maxReconnectDelay: 200, ...isStored && { storage }
    }, { ...tab.platform, random: () => this.random.integer(1000) / 1000 })
    const complaints: string[] = []
    // What is lost on the way is told, and is no fault.
    client.on('error', ({ code, reason }) => { if (code.startsWith('BLF')) complaints.push(`${code}: ${reason}`) })
    client.inbox({ limit: 200 }).subscribe(() => {})
    client.connect()
    this.tabs.push({ name: `tab ${this.tabs.length}`, tab, client, complaints })
  }

  /** Everything arrives, and time passes. */
  async calm (): Promise<void> {
    for (let count = 0; count < 60; count++) {
      await settled()
      this.#accept()
      this.#deliver(Infinity)
      while (this.#calls.length > 0) this.#step(0)
      await this.#world.clock.pass(count < 40 ? 100 : 1000)
    }
  }

  /** Something happens. */
  async happen (): Promise<void> {
    const { integer, oneIn, pick } = this.random
    await settled()
    this.#accept()
    const what = integer(100)
    if (what < 30) this.#deliver(1 + integer(5))
    else if (what < 60) this.#step(integer(Math.max(1, this.#calls.length)))
    else if (what < 64) this.#cut()
    else if (what < 67) {
      this.#isDown = !this.#isDown
      if (this.#isDown) this.#cut()
    } else if (what < 69) this.server.notify({ topic: 'orders' })
    else if (what < 71) this.arriveLate()
    else if (what < 74 && !this.#frozen && this.#freezes++ < 4) {
      this.#frozen = { tab: pick(this.tabs).tab, isTold: oneIn(2) }
      this.#frozen.tab.freeze(this.#frozen.isTold)
    } else if (what < 78) this.thaw()
    else if (what < 92) await this.#world.clock.pass(integer(60))
    else if (what < 94) await this.#world.clock.pass(integer(4000))
  }

  thaw (): void {
    this.#frozen?.tab.thaw(this.#frozen.isTold)
    this.#frozen = undefined
  }

  end (): void {
    this.#isDown = false
    this.thaw()
  }

  /** The server gets a call that nobody waits for any more; returns whether there was one. */
  arriveLate (): boolean {
    const [call] = this.#late.splice(this.random.integer(Math.max(1, this.#late.length)), 1)
    call?.process()
    return call !== undefined
  }

  #answer ({ pathname, searchParams }: URL, { method, body }: RequestInit): Answer {
    const path = pathname.replace('/api/notifications/', '')
    const { as, ids, before, topic, since } = (method === 'POST' ? JSON.parse(body as string) : {}) as Record<string, any>
    switch (path) {
      case 'mark': return this.server.mark(as, ids, since)
      case 'read-all': return this.server.readAll(before, topic, since)
      case 'me/unread-count': return this.server.count()
      case 'me': return this.server.page(searchParams)
      // Whether there is a server, and who asks.
      default: return { status: 200, body: { kind: 'user', id: 'u' } }
    }
  }

  /** Opens the sockets that wait for it, or ends them. */
  #accept (): void {
    const { sockets } = this.#world.server
    for (const socket of sockets.slice(this.#sockets)) {
      this.#sockets++
      if (this.#isDown) queueMicrotask(() => socket.end())
      else {
        socket.open()
        this.#frames.set(socket, this.server.attach(socket.since ?? undefined))
      }
    }
  }

  #deliver (count: number): void {
    for (const [socket, frames] of this.#frames) {
      if (socket.isClosed) this.#frames.delete(socket)
      else for (const frame of frames.splice(0, count)) socket.frame(frame)
    }
  }

  /** A call arrives, or its answer. */
  #step (index: number): void {
    const call = this.#calls[index]
    if (!call) return
    if (!this.#isDown && !call.answer) call.answer = call.process()
    else {
      this.#calls.splice(index, 1)
      call.resolve(this.#isDown ? { status: 502 } : call.answer!)
    }
  }

  #cut (): void {
    for (const socket of this.#frames.keys()) socket.end()
    this.#frames.clear()
    for (const call of [...this.#calls]) this.#giveUp(call, this.random.oneIn(2) ? { status: 502 } : undefined)
  }

  /** The client gets no answer, or one that says nothing. The server may have had the call, may get it later, or never. */
  #giveUp (call: Call, answer?: Answer): void {
    const index = this.#calls.indexOf(call)
    if (index < 0) return
    this.#calls.splice(index, 1)
    const fate = this.random.integer(4)
    if (!call.answer && fate === 0) call.process()
    else if (!call.answer && fate < 3 && call.isMark) this.#late.push(call)
    if (answer) call.resolve(answer)
    else call.reject(new TypeError('failed'))
  }
}

/** Lets a user make marks and take them back in one of three tabs; returns what is wrong in the end. */
export async function play (seed: number): Promise<string[]> {
  const world = new Play(seed)
  const { server, random: { integer, pick } } = world
  for (let count = 0; count < 3; count++) server.notify({ topic: 'orders' })
  world.open(true)
  await world.calm()
  for (const isStored of [true, false]) world.open(isStored)
  await world.calm()
  const actor = pick(world.tabs)
  const sequence = pick(SEQUENCES)
  const rounds = 1 + integer(2)
  const results: boolean[] = []
  const acting = (async () => {
    for (let round = 1; round <= rounds; round++) {
      const list = actor.client.inbox({ topic: 'orders' })
      list.subscribe(() => {})
      for (const verb of sequence) results.push(await (verb === 'undo' || verb === 'markAllAsRead' ? list[verb]() : list[verb](`n${round}`)))
    }
  })()
  const isOver = () => results.length === rounds * sequence.length
  for (let count = 0; count < 300 && !isOver(); count++) await world.happen()
  world.end()
  for (let count = 0; count < 3 && !isOver(); count++) await world.calm()
  if (!isOver()) return [`seed ${seed}: ${sequence.join()} hangs at ${results.length}`]
  await acting
  while (world.arriveLate());
  await world.calm()
  const faults = results.includes(false) ? [`results ${results.join()}`] : []
  const wanted = JSON.stringify(stateAfter(sequence))
  for (const { id, read, archived, deleted } of server.notes.slice(0, rounds)) {
    const state = JSON.stringify({ read, archived, deleted })
    if (state !== wanted) faults.push(`${id} is ${state}`)
  }
  const ids = server.list(new URLSearchParams()).map(({ id }) => id).join()
  for (const { name, client, complaints } of world.tabs) {
    const { items } = client.inbox({ limit: 200 }).getSnapshot()
    if (items.map(({ id }) => id).join() !== ids) faults.push(`${name} shows ${items.map(({ id }) => id).join()}, not ${ids}`)
    faults.push(...complaints.map(complaint => `${name}: ${complaint}`))
    client.disconnect()
  }
  return faults.map(fault => `seed ${seed}, ${sequence.join()} by ${actor.name}: ${fault}`)
}

/** How a notification is that was active and unread. */
function stateAfter (sequence: readonly Verb[]): { read: boolean, archived: boolean, deleted: boolean } {
  const states = [{ read: false, archived: false, deleted: false }]
  for (const verb of sequence) {
    const last = states.at(-1)!
    if (verb === 'undo') states.pop()
    else states.push({ ...last, ...verb === 'archive' ? { archived: true } : verb === 'markAsRead' || verb === 'markAllAsRead' ? { read: true } : { deleted: verb === 'delete' } })
  }
  return states.at(-1)!
}
