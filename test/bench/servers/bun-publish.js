/* global Bun */
// Bun's own fan-out: uWebSockets' publish to a topic.
const server = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  async fetch (request, server) {
    if (server.upgrade(request)) return
    server.publish('all', await request.text())
    return new Response('')
  },
  websocket: {
    perMessageDeflate: false,
    idleTimeout: 0,
    open (socket) { socket.subscribe('all') },
    message () {}
  }
})
console.log(JSON.stringify({ port: server.port }))
