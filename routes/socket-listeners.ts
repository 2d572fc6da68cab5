import type { WebSocket } from '@fastify/websocket'
import type { RawData } from 'ws'
import type { Session } from '../src/hub/session.ts'
import type { SocketHost } from './socket-host.ts'

const SESSION = Symbol('session')
const HOST = Symbol('host')

/** A socket with what its listeners work with. Listeners of its own would be five functions a socket. */
interface Live extends WebSocket { [SESSION]: Session, [HOST]: SocketHost }

/** Has a session and its host told of what comes over their socket. */
export function listen (socket: WebSocket, session: Session, host: SocketHost): void {
  Object.assign(socket, { [SESSION]: session, [HOST]: host })
  // In the place of the plugin's own, which keeps the request.
  socket.removeAllListeners('error')
  socket.on('message', onMessage).on('ping', onPing).on('pong', onPong).on('error', onError).on('close', onClose)
}

function onMessage (this: WebSocket, data: RawData, isBinary: boolean): void {
  const { [SESSION]: session, [HOST]: host } = this as Live
  if (isBinary) return session.receiveBinary()
  session.receive(String(data))
  if (!session.isBusy) return
  this.pause()
  session.settled().then(() => this.resume(), error => host.failed(error))
}

function onPing (this: WebSocket): void {
  (this as Live)[SESSION].ping()
}

function onPong (this: WebSocket): void {
  (this as Live)[SESSION].pong()
}

function onError (this: WebSocket, error: Error): void {
  if ((this as Live)[HOST].broke(error)) this.terminate()
}

function onClose (this: WebSocket, code: number): void {
  (this as Live)[SESSION].ended();
  (this as Live)[HOST].closed(code)
}
