import { SOCKET_PATH, SUBPROTOCOL } from '../../protocol/endpoint.ts'
import { queryOf } from '../shared/query.ts'
import type { Transport, WebSocketLike } from './transport.ts'
import { LOST } from './rules.ts'

const OPEN = 1

/** Characters of a subprotocol name, RFC 9110 §5.6.2. */
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

/** Frames over a WebSocket: the first transport, and the only one that sends frames as well. */
export const webSocket: Transport = {
  name: 'websocket',
  open ({ base, token, since, topics, device, WebSocket }, { onOpen, onText, onClose }) {
    // A token that cannot stand in a header is sent in the first frame.
    const isName = NAME.test(token)
    let socket: WebSocketLike
    try {
      socket = new WebSocket(base.replace(/^http/, 'ws') + SOCKET_PATH + queryOf({ since, topics, device }), isName ? [SUBPROTOCOL, `bearer.${token}`] : [SUBPROTOCOL])
    } catch (error) {
      // The URL, or a page's content security policy, does not allow it.
      queueMicrotask(() => onClose({ code: LOST, reason: String(error) }))
      return { close () {} }
    }
    socket.onopen = () => {
      if (!isName) socket.send(JSON.stringify({ type: 'auth', payload: { token } }))
      onOpen()
    }
    socket.onmessage = ({ data }: { data: unknown }) => onText(String(data))
    socket.onclose = ({ code, reason }: { code: number, reason: string }) => onClose({ code, reason })
    // `close` follows and says as much. Without a listener, Node's `ws` would throw.
    socket.onerror = () => {}
    return {
      send (text) {
        const isOpen = socket.readyState === OPEN
        if (isOpen) socket.send(text)
        return isOpen
      },
      close () {
        socket.onopen = socket.onmessage = socket.onclose = null
        socket.close()
      }
    }
  }
}
