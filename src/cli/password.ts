import { randomBytes } from 'node:crypto'
import process from 'node:process'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'

// A password is never an argument: every user of the machine can read those.
export const passwordOptions = { 'password-stdin': { type: 'boolean' }, prompt: { type: 'boolean' } } as const

/** A new password: read from standard input, asked for, or generated; `made` is set only if it was generated, to be shown once. */
export async function newPassword (values: { 'password-stdin'?: boolean | undefined, prompt?: boolean | undefined }): Promise<{ password: string, made?: string }> {
  if (values['password-stdin']) return { password: (await text(process.stdin)).replace(/\r?\n$/, '') }
  if (values.prompt) return { password: await ask() }
  const made = randomBytes(15).toString('base64url')
  return { password: made, made }
}

/** Asks for a password without echoing it. */
async function ask (): Promise<string> {
  if (!process.stdin.isTTY) throw new Error('--prompt needs a terminal; use --password-stdin to read from a pipe')
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true })
  process.stderr.write('New password: ')
  try {
    return await terminal.question('')
  } finally {
    terminal.close()
    process.stderr.write('\n')
  }
}
