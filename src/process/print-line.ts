import process from 'node:process'

/** Prints a line to standard error, for the person who started the process; it is not part of the log. */
export function printLine (line: string): void {
  process.stderr.write(`belfry: ${line}\n`)
}
