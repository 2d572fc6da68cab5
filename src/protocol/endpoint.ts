/** The path that sockets are opened at, and the subprotocol that a client may offer. */
export const SOCKET_PATH = '/ws/notifications'
export const SUBPROTOCOL = 'belfry.v1'
/** The path that streams of Server-Sent Events are opened at. */
export const STREAM_PATH = '/sse/notifications'
/** The path that streams of overviews are opened at. */
export const OVERVIEW_PATH = '/sse/overview'
