/** What a browser says of a push: it was shown, or its user opened it or chose an action. */
export type ReceiptState = 'delivered' | 'acted'

/** What a service worker gets, as JSON. */
export interface PushPayload {
  id: string
  title: string
  message: string
  url?: string
  actions?: { id: string, label: string, url?: string }[]
  unread_count: number
  /** Tells what becomes of it, once: absent in a summary. */
  receipt?: string
  /** Of those with the same one, a device shows the newest. */
  tag: string
}

/**
 * What a page tells the service worker. `owner`: the subscription is this user's from now on, or has ended and is nobody's. `left`: this user has
 * logged out. `only`: this user, or nobody, is logged in where the worker has one user at a time. A `user` is the address of the server, a space,
 * and the user's id.
 */
export interface PushMessage { belfry: 'owner' | 'left' | 'only', user?: string | undefined }
