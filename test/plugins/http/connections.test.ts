import { connect, type AddressInfo } from 'node:net'
import { test } from 'tap'
import { build, listen } from '../../helper.ts'

test('a connection that is cut has a line in the log, and is counted', async t => {
  const lines: { msg: string }[] = []
  const app = await build(t, {}, { logger: { level: 'warn', stream: { write: (line: string) => { lines.push(JSON.parse(line)) } } } })
  await listen(app)
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1').on('error', () => {})
  socket.resume().write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(1_700))
  await new Promise(resolve => socket.once('close', resolve))
  t.match(lines, [{ level: 40, reason: 'pipelined', ip: '127.0.0.1', msg: /^cut a connection/ }])
  t.equal(lines.length, 1)
  t.match(await app.metrics.registry.metrics(), 'belfry_http_connections_cut_total 1')
})
