/** Lets something run by itself. Its failure is a fault, and is reported where uncaught errors are. */
export function background (work: Promise<unknown> | undefined): void {
  work?.catch(reportError)
}
