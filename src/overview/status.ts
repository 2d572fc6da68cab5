import { degradations, type Degradation } from '../../schemas/health.ts'

/** What one node says of itself, once a second while somebody watches. */
export interface NodeStatus {
  id: string
  /** RFC 3339. */
  started_at: string
  sockets: number
  streams: number
  lag_ms: number
  flush_ms_p99: number | null
  loop_ms_p99: number
  commit_ms_p99: number | null
  rates: Rates
  degraded: Degradation[]
}

/** A second, by one node or by all. */
export interface Rates { sends: number, deliveries: number, slow_closes: number }

/** What nodes tell each other: how they are, and whether they want to be told too. */
export interface NodeMessage {
  status?: NodeStatus | undefined
  /** Whether somebody watches this node: then the others say how they are for the next seconds. */
  asks: boolean
}

const VERSION = 1

export function encodeMessage (message: NodeMessage): string {
  return JSON.stringify({ v: VERSION, ...message })
}

/** The message in a text; undefined if it is none, or of another version. */
export function decodeMessage (text: string): NodeMessage | undefined {
  let message: unknown
  try {
    message = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!isRecord(message) || message['v'] !== VERSION || typeof message['asks'] !== 'boolean') return undefined
  const { asks, status } = message
  if (status === undefined) return { asks }
  const known = readStatus(status)
  return known && { asks, status: known }
}

/** Only what is known is passed on: a newer node may say more. */
function readStatus (status: unknown): NodeStatus | undefined {
  if (!isRecord(status) || !isRecord(status['rates']) || !Array.isArray(status['degraded'])) return undefined
  const { id, started_at: startedAt, sockets, streams, lag_ms: lag, flush_ms_p99: flush, loop_ms_p99: loop, commit_ms_p99: commit, degraded } = status
  const { sends, deliveries, slow_closes: slowCloses } = status['rates']
  if (!isText(id) || !isText(startedAt) || !isAmount(sockets) || !isAmount(streams) || !isAmount(lag) || !isAmount(loop)) return undefined
  if (!isAmountOrNull(flush) || !isAmountOrNull(commit) || !isAmount(sends) || !isAmount(deliveries) || !isAmount(slowCloses)) return undefined
  return {
    id,
    started_at: startedAt,
    sockets,
    streams,
    lag_ms: lag,
    flush_ms_p99: flush,
    loop_ms_p99: loop,
    commit_ms_p99: commit,
    rates: { sends, deliveries, slow_closes: slowCloses },
    degraded: degradations.filter(name => degraded.includes(name))
  }
}

function isRecord (value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isText (value: unknown): value is string {
  return typeof value === 'string' && /^[\w.:-]{1,128}$/.test(value)
}

function isAmount (value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}

function isAmountOrNull (value: unknown): value is number | null {
  return value === null || isAmount(value)
}
