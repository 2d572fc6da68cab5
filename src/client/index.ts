export { webSocket } from './connection/websocket.ts'
export type { Link, LinkEnd, LinkEvents, Target, Transport, WebSocketClass, WebSocketLike } from './transport.ts'
