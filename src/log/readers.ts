/** The name of a webhook's reader, and so of its place in the log. */
export const webhookReader = (id: string) => `webhook/${id}`
/** The name of the reader that pushes. */
export const PUSH_READER = 'push'
/** The name of the reader that says who is to be mailed. */
export const MAIL_READER = 'mail'
