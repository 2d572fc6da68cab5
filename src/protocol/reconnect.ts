import type { closeCodes, Reconnect } from './close-codes.ts'

type Codes<R extends Reconnect> = keyof { [Code in keyof typeof closeCodes as (typeof closeCodes)[Code]['reconnect'] extends R ? Code : never]: true }

/**
 * The codes of the table after which a client does not simply reconnect: all that it needs of the table, as reasons are sent.
 * It is a module of its own so that bundles leave the table out.
 */
export const exceptions: Record<Codes<'no'>, 'no'> & Record<Codes<'token'>, 'token'> = {
  1002: 'no', 1003: 'no', 1007: 'no', 1008: 'no', 1009: 'no', 4400: 'no', 4403: 'no', 4408: 'no', 4401: 'token'
}
