/** A server that answers, but must not be used; the message is fit for an operator. */
export class UnfitError extends Error {}
