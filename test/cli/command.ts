import { execFile } from 'node:child_process'
import { join } from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'
import { bare, PROJECT } from '../e2e/process.ts'

export interface Ran { code: number, out: string, err: string }

/** Runs a command as an operator does, in a folder. */
export function cliIn (cwd: string, env: Record<string, string> = { DATABASE_URL: 'sqlite:./data/belfry.db' }) {
  return (args: string[], input = ''): Promise<Ran> => new Promise(resolve => {
    const child = execFile(process.execPath, [join(PROJECT, 'src/cli.ts'), ...args], { cwd, env: { ...bare, ...env } }, (error, out, err) => {
      resolve({ code: error ? Number(error.code) : 0, out: out.trimEnd(), err: err.trimEnd() })
    })
    child.stdin!.end(input)
  })
}

/** Runs commands one after another in a process, as most of what one takes is the start of its own. */
export async function inOneProcess (cwd: string, commands: string[][], env: Record<string, string> = { DATABASE_URL: 'sqlite:./data/belfry.db' }): Promise<Ran[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [join(import.meta.dirname, 'many.ts'), JSON.stringify(commands)], { cwd, env: { ...bare, ...env } })
  return JSON.parse(stdout) as Ran[]
}
