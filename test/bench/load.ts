import type { Socket } from 'node:net'
import process from 'node:process'
import { answer } from './lib/answer.ts'
import { RawHttp } from './lib/raw-http.ts'
import { maskedText, openSocket } from './lib/raw-socket.ts'
import { openStream } from './lib/raw-stream.ts'

/** The load: subscribers that only count, and publishers. One process, so that its own CPU tells whether it was the bottleneck. */

let sockets: Socket[] = []
let received = 0
let wanted = Infinity
let wake: () => void = () => {}

function onFrames (count: number): void {
  received += count
  if (received >= wanted) wake()
}

/** Resolves when so many frames have come since `received` was last set. */
async function untilReceived (count: number): Promise<void> {
  if (received >= count) return
  const { promise, resolve } = Promise.withResolvers<void>()
  wanted = count
  wake = resolve
  await promise
  wanted = Infinity
}

export interface OpenArgs {
  port: number
  path: string
  isStream?: boolean
  headers: Record<string, string>[]
  hello?: string
  greetings: number
  atOnce?: number
  /** Whether they stop reading once they are greeted. */
  isStalled?: boolean
}

/** Opens a socket for each set of headers; resolves with the seconds it took until all were greeted. */
async function open ({ headers, greetings, atOnce = 100, isStalled = false, isStream = false, ...rest }: OpenArgs): Promise<number> {
  received = 0
  const connect = isStream ? openStream : openSocket
  const start = performance.now()
  const queue = headers.map((own, index) => ({ own, index }))
  const opened: Socket[] = new Array(headers.length)
  await Promise.all(Array.from({ length: atOnce }, async () => {
    for (let next = queue.pop(); next; next = queue.pop()) opened[next.index] = await connect({ ...rest, headers: next.own, onFrames })
  }))
  sockets = sockets.concat(opened)
  await untilReceived(headers.length * greetings)
  if (isStalled) for (const socket of opened) socket.pause()
  return (performance.now() - start) / 1000
}

export interface PublishArgs { port: number, requests: string[], outstanding: number, seconds: number, perPublish: number }
export interface PublishResult { publishes: number, deliveries: number, seconds: number, cpu: number, latencies: number[] }

/** Keeps `outstanding` requests under way for a while, then waits for the last frame of the last one. */
async function publish ({ port, requests, outstanding, seconds, perPublish }: PublishArgs): Promise<PublishResult> {
  received = 0
  const cpuBefore = process.cpuUsage()
  const start = performance.now()
  const end = start + seconds * 1000
  const latencies: number[] = []
  let publishes = 0
  await Promise.all(Array.from({ length: outstanding }, async (_, lane) => {
    const http = new RawHttp(port)
    for (let turn = lane; performance.now() < end; turn++) {
      const sent = performance.now()
      const status = await http.send(requests[turn % requests.length]!)
      if (status >= 300) throw new Error(`answered ${status}`)
      publishes += 1
      latencies.push(performance.now() - sent)
    }
    http.close()
  }))
  await untilReceived(publishes * perPublish)
  const { user, system } = process.cpuUsage(cpuBefore)
  return { publishes, deliveries: received, seconds: (performance.now() - start) / 1000, cpu: (user + system) / 1e6, latencies }
}

/** Publishes one at a time and waits for every frame of it; milliseconds from request to last frame, each. */
async function fanOut ({ port, requests, seconds, perPublish }: PublishArgs): Promise<PublishResult> {
  const http = new RawHttp(port)
  const cpuBefore = process.cpuUsage()
  const start = performance.now()
  const latencies: number[] = []
  while (performance.now() - start < seconds * 1000) {
    received = 0
    const sent = performance.now()
    await http.send(requests[latencies.length % requests.length]!)
    await untilReceived(perPublish)
    latencies.push(performance.now() - sent)
  }
  http.close()
  const { user, system } = process.cpuUsage(cpuBefore)
  return {
    publishes: latencies.length, deliveries: latencies.length * perPublish, seconds: (performance.now() - start) / 1000, cpu: (user + system) / 1e6, latencies
  }
}

function close (): void {
  for (const socket of sockets) socket.destroy()
  sockets = []
}

/** Bytes that all sockets have read. */
function bytesRead (): number {
  return sockets.reduce((sum, socket) => sum + socket.bytesRead, 0)
}

export interface AckArgs { cursor: string, seconds: number }

/** How often the next few sockets say it, milliseconds. */
const ACK_STEP_MS = 10

/** Each socket says that it has everything up to the cursor, spread over some seconds; resolves with how many answers came. */
async function ack ({ cursor, seconds }: AckArgs): Promise<number> {
  received = 0
  const frame = JSON.stringify({ id: 'a', type: 'ack', payload: { cursor } })
  const start = performance.now()
  for (let sent = 0; sent < sockets.length;) {
    const due = Math.min(sockets.length, Math.ceil(sockets.length * (performance.now() - start) / (seconds * 1_000)))
    for (; sent < due; sent++) sockets[sent]!.write(maskedText(frame))
    await new Promise(resolve => { setTimeout(resolve, ACK_STEP_MS) })
  }
  return received
}

answer({ open, publish, fanOut, ack, close, bytesRead })
