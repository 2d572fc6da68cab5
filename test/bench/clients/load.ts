import process from 'node:process'
import { answer } from '../lib/answer.ts'
import { adapters, type AdapterName } from './adapters.ts'

/** A process of clients: one that is fed as quickly as it can, or many that come back. */

export interface OpenArgs { name: AdapterName, base: string, count: number, useWs: boolean }

/** When each client began its newest attempt. */
let triedAt: number[] = []
/** When each client that came back began the attempt that came to something. */
let backAt: number[] = []
let received = 0
let wake = () => {}

/** Opens so many clients; resolves when all are connected. */
async function open ({ name, base, count, useWs }: OpenArgs): Promise<void> {
  const all = Promise.withResolvers<void>()
  triedAt = Array.from({ length: count }, now)
  for (let index = 0; index < count; index++) {
    const onTry = () => { triedAt[index] = now() }
    const onUp = () => { if (backAt.push(triedAt[index]!) === count) all.resolve() }
    await adapters[name](base, { onTry, onUp, onNotification }, useWs)
  }
  await all.promise
}

function onNotification (): void {
  received += 1
  wake()
}

/** Milliseconds since 1970 of a clock that nobody sets meanwhile. */
const now = () => performance.timeOrigin + performance.now()

export interface Applied { seconds: number, cpu: number }

/** Has so many frames sent to one client, and waits until it has told of each: how long that takes. */
async function apply ({ base, count }: { base: string, count: number }): Promise<Applied> {
  await fetch(`${base}/build?count=${count}`, { method: 'POST' })
  const before = received
  const { promise, resolve } = Promise.withResolvers<void>()
  wake = () => { if (received === before + count) resolve() }
  const start = performance.now()
  const cpu = process.cpuUsage()
  await Promise.all([fetch(`${base}/feed`, { method: 'POST' }), promise])
  const seconds = (performance.now() - start) / 1000
  const { user, system } = process.cpuUsage(cpu)
  wake = () => {}
  return { seconds, cpu: (user + system) / 1e6 }
}

/** From now on, who comes back is noted. */
function watch (): void {
  backAt = []
}

/** When those who came back since `watch` began the attempt that came to something, milliseconds since 1970. */
const returns = () => backAt

answer({ open, apply, watch, returns })
