import { SOCKET_PATH, SUBPROTOCOL } from '../../protocol/endpoint.ts'
import { queryOf } from './query.ts'
import type { Link, LinkEvents, Target, Transport, WebSocketLike } from '../transport.ts'

const OPEN = 1

/** Characters of a subprotocol name, RFC 9110 §5.6.2. */
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

/** Frames over a WebSocket: the first transport, and the only one that sends frames as well. */
export const webSocket: Transport = {
  name: 'websocket',
  open (target, events) {
    let socket: WebSocketLike
    try {
      socket = new target.WebSocket(addressOf(target), protocolsOf(target.token))
    } catch (error) {
      // The URL, or a page's content security policy, does not allow it.
      queueMicrotask(() => events.onClose({ code: 1006, reason: String(error) }))
      return { close () {} }
    }
    return listen(socket, target.token, events)
  }
}

function listen (socket: WebSocketLike, token: string, events: LinkEvents): Link {
  const silence = () => { socket.onopen = socket.onmessage = socket.onclose = null }
  socket.onopen = () => {
    if (!NAME.test(token)) socket.send(JSON.stringify({ type: 'auth', payload: { token } }))
    events.onOpen()
  }
  socket.onmessage = ({ data }: { data: unknown }) => {
    if (typeof data === 'string') events.onText(data)
    else events.onAlive()
  }
  socket.onclose = ({ code, reason }: { code: number, reason: string }) => {
    silence()
    events.onClose({ code, reason })
  }
  // `close` follows and says as much. Without a listener, Node's `ws` would throw.
  socket.onerror = () => {}
  return {
    send (text) {
      if (socket.readyState !== OPEN) return false
      socket.send(text)
      return true
    },
    close () {
      silence()
      socket.close()
    }
  }
}

function addressOf (target: Target): string {
  return target.base.replace(/^http/, 'ws') + SOCKET_PATH + queryOf(target)
}

/** A token that cannot stand in a header is sent in the first frame. */
function protocolsOf (token: string): string[] {
  return NAME.test(token) ? [SUBPROTOCOL, `bearer.${token}`] : [SUBPROTOCOL]
}
