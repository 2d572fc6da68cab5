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
let last = ''
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

function onNotification ({ id }: { id: string }): void {
  received += 1
  last = id
  wake()
}

/** Milliseconds since 1970 of a clock that nobody sets meanwhile. */
const now = () => performance.timeOrigin + performance.now()

export interface Applied { seconds: number, cpu: number, last: string }

/** Has so many frames sent to one client, and waits until the listener was called for each: how long from the first to the last. */
async function apply ({ base, count }: { base: string, count: number }): Promise<Applied> {
  await fetch(`${base}/build?count=${count}`, { method: 'POST' })
  const before = received
  const { promise, resolve } = Promise.withResolvers<void>()
  let start = 0
  let cpu: NodeJS.CpuUsage
  wake = () => {
    if (start === 0) {
      start = performance.now()
      cpu = process.cpuUsage()
    }
    if (received === before + count) resolve()
  }
  await fetch(`${base}/feed`, { method: 'POST' })
  await promise
  const seconds = (performance.now() - start) / 1000
  const { user, system } = process.cpuUsage(cpu!)
  wake = () => {}
  return { seconds, cpu: (user + system) / 1e6, last }
}

/** From now on, who comes back is noted. */
function watch (): void {
  backAt = []
}

/** When those who came back since `watch` began the attempt that came to something, milliseconds since 1970. */
const returns = () => backAt

answer({ open, apply, watch, returns })
