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
