/** What a browser says of a push: it was shown, or its user opened it or chose an action. */
export type ReceiptState = 'delivered' | 'acted'
