import type { RawData, WebSocket } from 'ws'
import type { LiveSocket } from './live-socket.ts'
import type { Session } from './session.ts'

/** Has a session told of what comes over its socket. Functions that are the same for all: of its own a socket would have five. */
export function listen (socket: WebSocket, session: Session): void {
  (socket as LiveSocket).session = session
  // In the place of the plugin's own, which keeps the request.
  socket.removeAllListeners('error')
  socket.on('message', onMessage).on('ping', onPing).on('pong', onPong).on('error', onError).on('close', onClose)
}

function sessionOf (socket: WebSocket): Session {
  return (socket as LiveSocket).session!
}

function onMessage (this: WebSocket, data: RawData, isBinary: boolean): void {
  const session = sessionOf(this)
  if (isBinary) return session.receiveBinary()
  session.receive(String(data))
  if (!session.isBusy) return
  this.pause()
  session.settled().then(() => this.resume(), error => session.host.failed(error))
}

function onPing (this: WebSocket): void {
  sessionOf(this).ping()
}

function onPong (this: WebSocket): void {
  sessionOf(this).pong()
}

function onError (this: WebSocket, error: Error): void {
  if (sessionOf(this).host.broke(error)) this.terminate()
}

function onClose (this: WebSocket, code: number): void {
  const session = sessionOf(this)
  session.ended()
  session.host.closed(code)
}
