/** What the server takes as a topic. */
export const TOPIC = /^[\w.-]{1,64}$/

/** Throws a TypeError that says what is wrong with what the application passed, unless it is right. */
export function check (isRight: boolean, message: string): void {
  if (!isRight) throw new TypeError(message)
}
