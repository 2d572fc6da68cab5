import { WebSocket as WsWebSocket } from 'ws'

export interface Listeners {
  /** A notification reached the application. */
  onNotification: (notification: unknown) => void
  /** It begins an attempt to connect. */
  onTry: () => void
  /** It is connected, for the first time or again. */
  onUp: () => void
}

/**
 * Connects a client, as an application would with the defaults of each, to the server at this address (http); with `useWs`,
 * over the WebSockets of the package `ws` instead of Node's own. Loads the one package that it needs.
 */
export type Adapter = (base: string, listeners: Listeners, useWs: boolean) => Promise<void>

/** A token that nobody verifies. */
const token = `e30.${Buffer.from(JSON.stringify({ sub: 'alice' })).toString('base64url')}.`

const ws = (base: string, path: string) => base.replace('http', 'ws') + path

/** The class of WebSockets, which tells of each that is made. */
function classOf (useWs: boolean, onTry: () => void): typeof WebSocket {
  return class extends (useWs ? WsWebSocket as unknown as typeof WebSocket : WebSocket) {
    constructor (...args: ConstructorParameters<typeof WebSocket>) {
      super(...args)
      onTry()
    }
  }
}

const belfry: Adapter = async (base, { onNotification, onTry, onUp }, useWs) => {
  const { Belfry } = await import('../../../src/client/index.ts')
  const client = new Belfry(base, { token, websocket: classOf(useWs, onTry), shareTabs: false })
  client.on('connected', onUp)
  client.on('notification', ({ payload }) => onNotification(payload))
  client.connect()
}

/** The application has a notification when it is in the list. */
const inbox: Adapter = async (base, { onNotification, onTry, onUp }, useWs) => {
  const { Belfry } = await import('../../../src/client/index.ts')
  const client = new Belfry(base, { token, websocket: classOf(useWs, onTry), shareTabs: false })
  const list = client.inbox()
  const waiting: { id: string }[] = []
  client.on('connected', onUp)
  client.on('notification', ({ payload }) => waiting.push(payload))
  list.subscribe(() => {
    if (list.getSnapshot().items[0]?.id === waiting.at(-1)?.id) waiting.splice(0).forEach(onNotification)
  })
  client.connect()
}

const centrifuge: Adapter = async (base, { onNotification, onTry, onUp }, useWs) => {
  const { Centrifuge } = await import('centrifuge')
  const client = new Centrifuge(ws(base, '/connection/websocket'), { websocket: classOf(useWs, onTry) })
  const subscription = client.newSubscription('notifications')
  subscription.on('publication', ({ data }) => onNotification(data))
  // Once it is subscribed it gets what is published.
  subscription.on('subscribed', onUp)
  subscription.subscribe()
  client.connect()
}

const socketIo: Adapter = async (base, { onNotification, onTry, onUp }, useWs) => {
  const { io, NodeWebSocket, WebSocket } = await import('socket.io-client')
  const socket = io(base, { transports: [useWs ? NodeWebSocket : WebSocket], forceNew: true })
  socket.io.on('reconnect_attempt', onTry)
  socket.on('connect', onUp)
  socket.on('notification', onNotification)
}

/** It knows text alone: the application parses. */
const partysocket: Adapter = async (base, { onNotification, onTry, onUp }, useWs) => {
  const { WebSocket } = await import('partysocket')
  const socket = new WebSocket(ws(base, '/plain'), [], { WebSocket: classOf(useWs, onTry) })
  socket.addEventListener('open', onUp)
  socket.addEventListener('message', ({ data }) => onNotification(JSON.parse(data)))
}

/** No client: what nobody can be quicker than. It does not reconnect. */
const bare: Adapter = async (base, { onNotification, onTry, onUp }, useWs) => {
  const socket = new (classOf(useWs, onTry))(ws(base, '/plain'))
  socket.onopen = onUp
  socket.onmessage = ({ data }) => onNotification(JSON.parse(data))
}

export const adapters = { bare, belfry, inbox, centrifuge, socketIo, partysocket } satisfies Record<string, Adapter>
export type AdapterName = keyof typeof adapters
