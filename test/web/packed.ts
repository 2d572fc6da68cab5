import { execFile } from 'node:child_process'
import { cpSync, globSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'
import type { Test } from 'tap'
import { folder } from '../folder.ts'

const ROOT = join(import.meta.dirname, '../..')
const run = promisify(execFile)

export interface Output { code: number, output: string }

/** Runs a program in a folder; what it printed. */
export async function runIn (cwd: string, program: string, ...args: string[]): Promise<Output> {
  const env = { ...process.env, NODE_OPTIONS: '', PATH: `${join(ROOT, 'node_modules/.bin')}:${process.env.PATH}`, npm_config_update_notifier: 'false' }
  return await run(program, args, { cwd, env, maxBuffer: 2 ** 25 }).then(
    ({ stdout, stderr }) => ({ code: 0, output: stdout + stderr }),
    ({ code, stdout, stderr }) => ({ code, output: `${stdout}${stderr}` })
  )
}

/**
 * `npm pack` of a workspace, the client's if none is named; the path of the tarball. It runs in a copy, because it builds beside the sources,
 * which other tests read meanwhile.
 */
export async function pack (t: Test, workspace = '@belfry/client'): Promise<string> {
  const copy = folder(t)
  for (const name of ['package.json', 'tsconfig.json', 'src/client', 'src/inbox', 'src/pages/tsconfig.json', 'src/protocol', 'src/web']) cpSync(join(ROOT, name), join(copy, name), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
  const { code, output } = await runIn(copy, 'npm', 'pack', '--workspace', workspace, '--pack-destination', copy)
  if (code !== 0) throw new Error(output)
  return join(copy, globSync('*.tgz', { cwd: copy })[0]!)
}

/** A fresh folder of somebody's app, with the client installed from its tarball and nothing else. */
export async function install (t: Test, tarball: string): Promise<string> {
  const home = folder(t)
  writeFileSync(join(home, 'package.json'), JSON.stringify({ name: 'app', private: true, type: 'module' }))
  const { code, output } = await runIn(home, 'npm', 'install', '--offline', '--no-audit', '--no-fund', tarball)
  if (code !== 0) throw new Error(output)
  return home
}

/** Lets the app use packages that are installed here. */
export function link (home: string, ...names: string[]): void {
  for (const name of names) {
    const at = join(home, 'node_modules', name)
    mkdirSync(join(at, '..'), { recursive: true })
    symlinkSync(join(ROOT, 'node_modules', name), at)
  }
}

/** Unpacks a tarball into the app, without what it depends on: that may not be in npm's cache. */
export async function unpack (home: string, tarball: string, name: string): Promise<string> {
  const at = join(home, 'node_modules', name)
  mkdirSync(at, { recursive: true })
  const { code, output } = await runIn(home, 'tar', '-xzf', tarball, '--strip-components=1', '-C', at)
  if (code !== 0) throw new Error(output)
  return at
}
