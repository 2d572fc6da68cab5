import { setTimeout as pause } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { Belfry } from '../../../src/client/index.ts'
import { answer } from '../lib/answer.ts'

/** A process of subscribers of Belfry that keep what they get, each of a user of its own. */

export interface JoinArgs { base: string, tokens: string[] }
/** Milliseconds since 1970 at which each client was connected again, and had caught up; undefined if it was not. */
export interface Progress { backAt: (number | undefined)[], caughtUpAt: (number | undefined)[] }
export interface Verdict { lost: number, doubled: number, misordered: number, gaps: number, ended: string[] }

interface Member { client: Belfry, ids: string[], backAt: number | undefined, caughtUpAt: number | undefined }

let members: Member[] = []
let gaps = 0
const ended: string[] = []
const now = () => performance.timeOrigin + performance.now()

/** Connects a client for each token; resolves when all are connected. */
async function join ({ base, tokens }: JoinArgs): Promise<void> {
  members = tokens.map(token => {
    const client = new Belfry(base, { token, websocket: WebSocket as unknown as typeof globalThis.WebSocket, shareTabs: false })
    const member: Member = { client, ids: [], backAt: undefined, caughtUpAt: undefined }
    client.on('notification', ({ payload }) => member.ids.push(payload.id))
    client.on('connected', () => { member.backAt = now() })
    client.on('caught_up', () => { member.caughtUpAt = now() })
    client.on('gap', () => { gaps++ })
    client.on('disconnected', ({ reason }) => ended.push(reason))
    return member
  })
  await Promise.all(members.map(async ({ client }) => {
    client.connect()
    await client.ready()
  }))
}

/** From now on, who loses its connection and comes back is noted. */
function watch (): void {
  for (const member of members) member.backAt = member.caughtUpAt = undefined
}

const progress = (): Progress => ({ backAt: members.map(({ backAt }) => backAt), caughtUpAt: members.map(({ caughtUpAt }) => caughtUpAt) })

/** How many clients have received this one. */
const holders = (id: string) => members.filter(({ ids }) => ids.at(-1) === id).length

/** Compares what each received with what was sent, in order. */
function judge (sent: string[]): Verdict {
  const verdict: Verdict = { lost: 0, doubled: 0, misordered: 0, gaps, ended }
  for (const { ids } of members) {
    const unique = new Set(ids)
    verdict.doubled += ids.length - unique.size
    verdict.lost += sent.filter(id => !unique.has(id)).length
    if ([...unique].some((id, index) => id !== sent[index])) verdict.misordered += 1
  }
  return verdict
}

let stop = new AbortController()
let sending: Promise<string[]> | undefined

/** Sends one notification after the other to everybody, with a pause between them, until `stopSending`. */
function send ({ base, token, pauseMs }: { base: string, token: string, pauseMs: number }): void {
  const client = new Belfry(base, { token })
  stop = new AbortController()
  sending = (async () => {
    const ids: string[] = []
    while (!stop.signal.aborted) {
      const { id } = await client.send({ title: 'A benchmark', message: `Number ${ids.length}`, priority: 'info', topic: 'bench' })
      ids.push(id)
      await pause(pauseMs)
    }
    return ids
  })()
}

/** The ids of all that was sent, in order. */
async function stopSending (): Promise<string[]> {
  stop.abort()
  return await sending!
}

answer({ join, watch, progress, holders, judge, send, stopSending })
