/** Where sockets are opened, and the subprotocol that a client may name. */
export const SOCKET_PATH = '/ws/notifications'
export const SUBPROTOCOL = 'belfry.v1'
