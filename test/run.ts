import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { globSync, readFileSync, statSync } from 'node:fs'
import { inspect } from 'node:util'
import { Parser, type Result } from 'tap-parser'

/**
 * Runs the test files and folders named, or all of them, shows what failed, and ends with one line that
 * adds it up. With `--coverage` it also says which lines of the source ran, which nothing depends on.
 */

const say = (text: string) => { process.stdout.write(`${text}\n`) }
const count = { passed: 0, failed: 0, skipped: 0 }

function failure ({ fullname, diag }: Result): string {
  const { diff, source, stack, ...rest } = (diag ?? {}) as Record<string, unknown>
  const details = [diff, source, stack].filter(part => typeof part === 'string').join('\n')
  return `\nnot ok ${fullname}\n${details || inspect(rest)}`
}

const parser = new Parser()
// Single assertions, and a file or subtest only if it failed by itself: by a crash or a timeout.
parser.on('result', (result: Result) => {
  const skipped = (result.skip && result.skip !== 'no tests found') || result.todo
  const passed = result.ok && !result.skip
  count[skipped ? 'skipped' : passed ? 'passed' : 'failed']++
  if (!skipped && !passed) say(failure(result))
})
parser.on('assert', ({ ok, name, time }: Result) => {
  say(`${ok ? 'ok' : 'not ok'} ${name} ${Math.round(time ?? 0)} ms`)
})

// A fresh install has tap with other plugins than ours. Building it takes away what a run beside this one
// is using, so only then; and first, since a run that has to rebuild it would begin with theirs.
const built = readFileSync(new URL(import.meta.resolve('@tapjs/test/built')), 'utf8')
if (built.includes('@tapjs/typescript')) spawnSync('tap', ['build'], { stdio: 'inherit' })
const names = process.argv.slice(2).filter(argument => argument !== '--coverage')
const isCovered = process.argv.includes('--coverage')
// tap takes files only.
const files = names.flatMap(name => statSync(name, { throwIfNoEntry: false })?.isDirectory() ? globSync(`${name}/**/*.test.ts`) : name)
if (names.length > 0 && files.length === 0) throw new Error(`no tests in ${names.join(' ')}`)
const coverage = isCovered ? ['--no-disable-coverage', '--allow-incomplete-coverage', '--show-full-coverage', '--coverage-report=none'] : []
const tap = spawn('tap', ['run', '--reporter=tap', ...coverage, ...files], { stdio: ['ignore', 'pipe', 'inherit'] })
tap.stdout.pipe(parser)
const [[code]] = await Promise.all([once(tap, 'close'), once(parser, 'complete')]) as [[number | null], unknown]

if (count.failed === 0 && (code !== 0 || count.passed === 0)) count.failed = 1
if (isCovered) spawnSync('tap', ['report', '--coverage-report=text', '--show-full-coverage', '--allow-incomplete-coverage'], { stdio: 'inherit' })
const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : ''
say(`\n${count.passed} passed, ${count.failed} failed${skipped}`)
process.exitCode = count.failed > 0 ? 1 : 0
