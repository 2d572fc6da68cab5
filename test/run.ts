import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { globSync, readFileSync, statSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import type { Readable } from 'node:stream'
import { inspect } from 'node:util'
import { Parser, type FinalResults, type Result } from 'tap-parser'

/**
 * Runs the test files and folders named, or all of them, shows what failed, and ends with one line that
 * adds it up. With `--coverage` it also says which lines of the source ran, which nothing depends on.
 */

/** Begun first, so that none of them is still running when all others are done. */
const LONGEST = [/^test\/security\/rights/, /^test\/chaos\//, /^test\/fuzz\//, /^test\/nodes\//, /^test\/store\//, /^test\/docs\//, /^test\/(e2e|cli|process|bench|bus)\//]
/** For a file that neither ends nor says why: tap itself ends it sooner, unless it hangs in a loop. */
const KILL_MS = 600_000

const say = (text: string) => { process.stdout.write(`${text}\n`) }
const count = { passed: 0, failed: 0, skipped: 0 }

function failure ({ fullname, diag }: Result): string {
  const { diff, source, stack, ...rest } = (diag ?? {}) as Record<string, unknown>
  const details = [diff, source, stack].filter(part => typeof part === 'string').join('\n')
  return `\nnot ok ${fullname}\n${details || inspect(rest)}`
}

/** Counts single assertions, and a file or subtest only if it failed by itself: by a crash or a timeout. */
async function read (output: Readable, file?: string): Promise<FinalResults> {
  const parser = new Parser({ name: file })
  parser.on('result', (result: Result) => {
    const skipped = (result.skip && result.skip !== 'no tests found') || result.todo
    const passed = result.ok && !result.skip
    count[skipped ? 'skipped' : passed ? 'passed' : 'failed']++
    if (!skipped && !passed) say(failure(result))
  })
  if (file === undefined) parser.on('assert', ({ ok, name, time }: Result) => { report(ok, name, time ?? 0) })
  output.pipe(parser)
  const [results] = await once(parser, 'complete') as [FinalResults]
  return results
}

function report (ok: boolean, name: string, ms: number): void {
  say(`${ok ? 'ok' : 'not ok'} ${name} ${Math.round(ms)} ms`)
}

// Most of what a file costs is the loading of the same modules as the files before it.
const env = { NODE_COMPILE_CACHE: join(tmpdir(), 'belfry-test-modules'), ...process.env, TAP_TIMEOUT: '450' }

async function runFile (file: string): Promise<void> {
  const [startedAt, failedBefore] = [performance.now(), count.failed]
  const child = spawn(process.execPath, [file], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const timer = setTimeout(() => child.kill('SIGKILL'), KILL_MS)
  const [results, [code, signal]] = await Promise.all([read(child.stdout, file), once(child, 'close')])
  clearTimeout(timer)
  const isOk = results.ok && code === 0
  if (!isOk && count.failed === failedBefore) {
    count.failed++
    say(`\nnot ok ${file}\nit ended with ${signal ?? code}`)
  }
  report(isOk, file, performance.now() - startedAt)
}

/**
 * Runs each file in a process, as many at a time as there are cores. Tests wait as well as work, so one more runs meanwhile:
 * of those at the end, which are short.
 */
async function runAll (files: string[]): Promise<void> {
  const rank = (file: string) => LONGEST.findIndex(pattern => pattern.test(file)) >>> 0
  const waiting = files.toSorted((a, b) => rank(a) - rank(b))
  const work = async (next: () => string | undefined) => {
    for (let file; (file = next());) await runFile(file)
  }
  const cores = Array.from({ length: Math.max(2, availableParallelism()) }, async () => await work(() => waiting.shift()))
  await Promise.all([...cores, work(() => waiting.pop())])
}

/** The same under tap's own runner, which knows which lines ran. */
async function runCovered (files: string[]): Promise<void> {
  // A fresh install has tap with other plugins than ours. Building it takes away what a run beside this one
  // is using, so only then; and first, since a run that has to rebuild it would begin with theirs.
  const built = readFileSync(new URL(import.meta.resolve('@tapjs/test/built')), 'utf8')
  if (built.includes('@tapjs/typescript')) spawnSync('tap', ['build'], { stdio: 'inherit' })
  const options = ['--reporter=tap', '--no-disable-coverage', '--allow-incomplete-coverage', '--show-full-coverage', '--coverage-report=none']
  const tap = spawn('tap', ['run', ...options, ...files], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [[code]] = await Promise.all([once(tap, 'close'), read(tap.stdout)])
  if (code !== 0 && count.failed === 0) count.failed = 1
  spawnSync('tap', ['report', '--coverage-report=text', '--show-full-coverage', '--allow-incomplete-coverage'], { stdio: 'inherit' })
}

const names = process.argv.slice(2).filter(argument => argument !== '--coverage')
const places = names.length === 0 ? ['test'] : names
const files = places.flatMap(name => statSync(name, { throwIfNoEntry: false })?.isDirectory() ? globSync(`${name}/**/*.test.ts`) : name)
await (process.argv.includes('--coverage') ? runCovered : runAll)(files)

if (count.passed === 0) count.failed ||= 1
const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : ''
say(`\n${count.passed} passed, ${count.failed} failed${skipped}`)
process.exitCode = count.failed > 0 ? 1 : 0
