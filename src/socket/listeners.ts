import type { RawData, WebSocket } from 'ws'
import type { LiveSocket } from './live-socket.ts'
import type { Opening, SessionDeps, SocketSession } from './opening.ts'
import { PendingSession } from './pending-session.ts'
import { Session } from './session.ts'

/** Begins the session of a socket that was just upgraded. */
export function beginSession (socket: WebSocket, deps: SessionDeps, opening: Opening): void {
  const live = socket as LiveSocket
  listen(live)
  if (opening.identity) {
    const session = new Session(deps, opening, opening.identity)
    live.session = session
    session.begin(opening.since)
  } else {
    live.session = new PendingSession(deps, opening, session => { live.session = session })
  }
}

/** Passes a socket's events on to its session. The listeners are shared: closures would be five objects per socket. */
function listen (socket: LiveSocket): void {
  // The plugin's own listener keeps the request in memory.
  socket.removeAllListeners('error')
  socket.on('message', onMessage).on('ping', onPing).on('pong', onPong).on('error', onError).on('close', onClose)
}

/** Changes when the socket is authenticated, so it is read at each event. */
function sessionOf (socket: WebSocket): SocketSession {
  return (socket as LiveSocket).session!
}

function onMessage (this: WebSocket, data: RawData, isBinary: boolean): void {
  const session = sessionOf(this)
  if (isBinary) return session.receiveBinary()
  session.receive(String(data))
  if (!session.isBusy) return
  this.pause()
  session.settled().then(() => this.resume(), error => session.observer.failed(error))
}

function onPing (this: WebSocket, payload: Buffer): void {
  sessionOf(this).pinged(payload)
}

function onPong (this: WebSocket): void {
  sessionOf(this).ponged()
}

function onError (this: WebSocket, error: Error): void {
  if (sessionOf(this).observer.broke(error)) this.terminate()
}

function onClose (this: WebSocket, code: number): void {
  const session = sessionOf(this)
  session.ended()
  session.observer.closed(code)
}
