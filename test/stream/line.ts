import { WebSocket } from 'ws'
import { StreamSubscriber } from './event-stream.ts'

/** How a subscriber is connected. */
export type Transport = 'websocket' | 'sse'

/** A connection of a subscriber, whatever carries it. */
export interface Line {
  /** Sends a text if it is open and can; whether it did. */
  send: (text: string) => boolean
  pause: () => void
  resume: () => void
  /** Cuts it, without a word. */
  terminate: () => void
}

export interface LineEvents {
  onOpen: () => void
  onFrame: (text: string) => void
  /** `code`: what the server said it ended with; 1006 if it said nothing. */
  onClose: (code: number) => void
}

export interface Target { base: string, token: string, since: string | undefined, /** What the subscriber's device is called, if it has a name. */ device?: string | undefined }

export function connect (transport: Transport, target: Target, events: LineEvents): Line {
  return transport === 'websocket' ? overWebSocket(target, events) : overSse(target, events)
}

function overWebSocket ({ base, token, since, device }: Target, { onOpen, onFrame, onClose }: LineEvents): Line {
  const query = new URLSearchParams({ ...(since === undefined ? {} : { since }), ...(device === undefined ? {} : { device }) })
  const socket = new WebSocket(`${base.replace('http', 'ws')}/ws/notifications?${query}`, { headers: { authorization: `Bearer ${token}` } })
  socket.on('open', onOpen).on('message', data => onFrame(String(data))).on('error', () => {}).on('close', onClose)
  return {
    send (text) {
      if (socket.readyState !== WebSocket.OPEN) return false
      socket.send(text)
      return true
    },
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    terminate: () => socket.terminate()
  }
}

/** As an `EventSource` does it: from the id of the last event. */
function overSse ({ base, token, since, device }: Target, { onOpen, onFrame, onClose }: LineEvents): Line {
  const headers = { authorization: `Bearer ${token}`, ...(since === undefined ? {} : { 'last-event-id': since }) }
  const stream = new StreamSubscriber(base, { headers, ...(device === undefined ? {} : { path: `/sse/notifications?device=${encodeURIComponent(device)}` }) })
  let code = 1006
  stream.reader.onEvent = ({ id, event, frame }) => {
    if (event === 'close') code = frame.payload.code
    else if (id !== frame.cursor || event !== frame.type) throw new Error(`the event ${event} ${id} has the frame ${JSON.stringify(frame)}`)
    else onFrame(JSON.stringify(frame))
  }
  stream.opened().then(onOpen, () => {})
  stream.closed.then(() => onClose(code), () => {})
  return {
    send: () => false,
    pause: () => stream.response?.pause(),
    resume: () => stream.response?.resume(),
    terminate: () => stream.close()
  }
}
