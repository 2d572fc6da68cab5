/** The path that sockets are opened at, and the subprotocol that a client may offer. */
export const SOCKET_PATH = '/ws/notifications'
export const SUBPROTOCOL = 'belfry.v1'
