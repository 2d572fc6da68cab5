/** The server responds, but must not be used. The message is for an operator. */
export class UnfitError extends Error {}
