import { test } from 'tap'
import { decodeMessage, encodeMessage, type NodeStatus } from '../../src/overview/status.ts'

const status: NodeStatus = {
  id: 'web-1.4f9c2a', started_at: '2026-01-31T08:00:00.000Z', sockets: 3, streams: 1, lag_ms: 1.5, flush_ms_p99: null, loop_ms_p99: 0, commit_ms_p99: 2, rates: { sends: 1, deliveries: 2.5, slow_closes: 0 }, degraded: ['bus']
}

test('what a node says is read by the others', async t => {
  for (const message of [{ asks: true }, { asks: false, status }]) t.strictSame(decodeMessage(encodeMessage(message)), { ...message })
  const newer = encodeMessage({ asks: false, status: { ...status, more: 'x', degraded: ['disk', 'bus'] } as never })
  t.strictSame(decodeMessage(newer), { asks: false, status }, 'what a newer node says more is left out')
})

test('what is no such message is nothing', async t => {
  const bad = [
    { id: '' }, { id: 7 }, { id: '<b>' }, { id: 'x'.repeat(129) }, { started_at: 'now here' }, { sockets: -1 }, { streams: '1' }, { lag_ms: null }, { flush_ms_p99: 'x' },
    { loop_ms_p99: null }, { commit_ms_p99: -1 }, { rates: null }, { rates: { sends: 1, deliveries: 2 } }, { degraded: 'bus' }
  ]
  for (const change of bad) t.equal(decodeMessage(encodeMessage({ asks: true, status: { ...status, ...change } as never })), undefined, JSON.stringify(change).slice(0, 40))
  for (const text of ['', '7', 'null', '[]', '{}', '{"v":2,"asks":true}', '{"v":1}', '{"v":1,"asks":1}', '{"v":1,"asks":true,"status":[]}']) t.equal(decodeMessage(text), undefined, text)
})
