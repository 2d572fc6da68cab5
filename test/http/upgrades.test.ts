import { once } from 'node:events'
import { createServer, ServerResponse } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { test } from 'tap'
import { Upgrades } from '../../src/http/upgrades.ts'

test('a peer that does not read why its upgrade is refused is cut', async t => {
  const server = createServer().setTimeout(200)
  const upgrades = new Upgrades(server)
  server.on('upgrade', request => {
    const response = new ServerResponse(request)
    response.assignSocket(request.socket)
    upgrades.refuse(response)
    // More than the system takes of an answer that nobody reads.
    response.end(Buffer.alloc(64 * 1024 * 1024))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const peer = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => {})
  t.teardown(() => peer.destroy())
  peer.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
  const [{ socket }] = await once(server, 'upgrade') as [{ socket: Socket }]
  t.ok(upgrades.has(socket))
  await once(socket, 'close')
  t.notOk(upgrades.has(socket))
  server.close()
  await once(server, 'close')
})
