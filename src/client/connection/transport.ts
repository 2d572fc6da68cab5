import type { Reconnect } from '../../protocol/close-codes.ts'
import type { Answer } from '../shared/answer.ts'

/**
 * A way to receive frames: `webSocket`, or `sse` of `@belfry/client/sse`. The connection decides when to open one, with
 * what token and from which cursor; a transport knows none of these rules.
 */
export interface Transport {
  readonly name: string
  /**
   * Opens a link and returns it at once. It never throws and never rejects: what fails is told to `events.onClose`, and
   * no event comes before `open` has returned.
   */
  open (target: Target, events: LinkEvents): Link
}

/** What to connect to. */
export interface Target {
  /** The base address of the server, http or https, without a slash at the end. */
  base: string
  /** An access token, a ticket or an API key. */
  token: string
  /** The cursor to resume from; undefined at first. */
  since?: string | undefined
  /** Which topics to receive; undefined: all. */
  topics?: readonly string[] | undefined
  /** The name of the user's device, for acknowledgements. */
  device?: string | undefined
  /** For a transport over HTTP. */
  fetch: typeof globalThis.fetch
  /** For a transport over WebSockets. */
  WebSocket: WebSocketClass
}

/** What a transport tells. Nothing comes after `onClose`, nor after `Link.close` was called. */
export interface LinkEvents {
  /** The server accepted the connection; frames follow. */
  onOpen (): void
  /** The JSON text of one frame. */
  onText (text: string): void
  /** Something came that is no frame: a comment of SSE. It shows that the connection is alive. */
  onAlive (): void
  /** The link ended, or could not be opened. At most once. */
  onClose (end: LinkEnd): void
}

/** How a link ended. */
export interface LinkEnd {
  /** The close code of a WebSocket, or of the `close` frame of SSE; 1006 where none came. */
  code: number
  reason: string
  /** What the server says about reconnecting, where it says it; else `closeCodes` does. */
  reconnect?: Reconnect | undefined
  /** The answer that refused the connection, where the transport can see it. Browsers hide it for WebSockets. */
  answer?: Answer | undefined
}

/** An opened connection. */
export interface Link {
  /**
   * Sends the JSON text of a frame. False: the link is not open, or takes no frames, and nothing was sent. A transport
   * without `send` is one-way: marks go over REST, its token cannot be renewed, and the server's `heartbeat_interval`
   * tells how often something is heard.
   */
  send?: ((text: string) => boolean) | undefined
  /** Ends the link without a further event. */
  close (): void
}

/** The part of a `WebSocket` that is used: that of browsers and Node, or one given as an option. */
export interface WebSocketLike {
  readonly readyState: number
  onopen: ((event: any) => void) | null
  onmessage: ((event: any) => void) | null
  onclose: ((event: any) => void) | null
  onerror: ((event: any) => void) | null
  send (text: string): void
  close (code?: number, reason?: string): void
}

export type WebSocketClass = new (url: string, protocols: string[]) => WebSocketLike
