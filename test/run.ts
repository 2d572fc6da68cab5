import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, globSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import { Parser, type FinalResults, type Result } from 'tap-parser'

/**
 * Runs the test files and folders named, or all of them, shows what failed, and ends with one line that
 * adds it up. With `--coverage` it also says which lines of the source ran, which nothing depends on.
 */

/** Begun first, so that none of them is still running when all others are done. */
const LONGEST = [/^test\/store\/(postgres\/(postgres|plans)|sqlite\/sqlite)\.test/, /^test\/security\/rights/, /^test\/chaos\//, /^test\/(docs|inbox\/page|pages|stream)\//, /^test\/fuzz\//, /^test\/nodes\//, /^test\/store\//, /^test\/(e2e|cli|process|bench|bus)\//]
/** Whose files run in one process, some after others: what most of them do is quicker than to load what they need. */
const TOGETHER = /^test\/(routes|plugins|http|hub|client|identity|protocol|notification|overview|outbound|log|limits|socket|preferences|schemas)\//
/** Files of other folders that are as short. */
const SHORT = new RegExp('^test/(' + [
  '(?!backup)[a-z-]+', 'bus/(bus|tls|unfit)', 'docs/(asyncapi/document|examples|metrics|openapi|outbound/.+)', 'inbox/[a-z]+', 'nodes/seats', 'pages/console/(answers|model)', 'process/(misspelt|secret)', 'rights/rights',
  'security/(keys|planted-passwords|protocol|secrets)', 'store/(batcher|group-commit|user-pages)', 'store/(ops|reports)/.+', 'store/sqlite/(committed|faults|group-plans|long-reads|ordinals|plans)',
  'stream/encoding', 'web/(apps|client|on-demand)'
].join('|') + ')\\.test\\.ts$')
const SHORT_TOGETHER = 12
/** Longer ones, each with a server and what drives a browser. */
const LONGER = /^test\/(docs\/(asyncapi\/page|client\/.+|inbox\/.+|prefix|scheme|serving)|inbox\/page\/.+|pages\/(logout|push-faults)|security\/(browser|pings)|stream\/clients)\.test\.ts$/
const LONGER_TOGETHER = 3
/** Sets the clock for as long as its process lives. */
const SETS_CLOCK = /^const \w+ = clock\(/m
const SEVERAL = fileURLToPath(new URL('several.ts', import.meta.url))
const BEGINS = /^# begins (.+)/
/** For a file that neither ends nor says why: tap itself ends it sooner, unless it hangs in a loop. */
const KILL_MS = 600_000

const say = (text: string) => { process.stdout.write(`${text}\n`) }
const count = { passed: 0, failed: 0, skipped: 0 }

function failure ({ fullname, diag }: Result, file = ''): string {
  const { diff, source, stack, ...rest } = (diag ?? {}) as Record<string, unknown>
  const details = [diff, source, stack].filter(part => typeof part === 'string').join('\n')
  return `\nnot ok ${[file, fullname].filter(Boolean).join(' > ')}\n${details || inspect(rest)}`
}

/** What a process with test files says. */
class Output {
  /** Files that have begun. */
  readonly begun: string[] = []
  failed = 0
  readonly #parser = new Parser()
  #startedAt = 0
  #failedBefore = 0

  /** Counts single assertions, and a file or subtest only if it failed by itself: by a crash or a timeout. */
  async read (output: Readable): Promise<FinalResults> {
    this.#parser.on('comment', (text: string) => {
      const [, file] = BEGINS.exec(text) ?? []
      if (file === undefined) return
      this.end()
      this.begun.push(file)
    })
    this.#parser.on('result', (result: Result) => {
      const skipped = (result.skip && result.skip !== 'no tests found') || result.todo
      const passed = result.ok && !result.skip
      if (skipped) count.skipped++
      else if (passed) count.passed++
      else this.fail(failure(result, this.begun.at(-1)))
    })
    output.pipe(this.#parser)
    const [results] = await once(this.#parser, 'complete') as [FinalResults]
    return results
  }

  /** Says of each test directly below the root how it ended. */
  reportTests (): void {
    this.#parser.on('assert', ({ ok, name, time }: Result) => { report(ok, name, time ?? 0) })
  }

  fail (text: string): void {
    count.failed++
    this.failed++
    say(text)
  }

  /** Says how the file that was running ended. */
  end (): void {
    const file = this.begun.at(-1)
    if (file !== undefined) report(this.failed === this.#failedBefore, file, performance.now() - this.#startedAt)
    this.#startedAt = performance.now()
    this.#failedBefore = this.failed
  }
}

function report (ok: boolean, name: string, ms: number): void {
  say(`${ok ? 'ok' : 'not ok'} ${name} ${Math.round(ms)} ms`)
}

/** What the processes of this run share, PostgreSQL's user too. */
const folder = mkdtempSync(join(tmpdir(), 'belfry-run-'))
chmodSync(folder, 0o755)
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1))
// Most of what a file costs is the loading of the same modules as the files before it.
const env = { NODE_COMPILE_CACHE: join(tmpdir(), 'belfry-test-modules'), ...process.env, TEST_RUN_FOLDER: folder, TAP_TIMEOUT: '450' }

/** Runs test files in one process. */
async function runTogether (files: string[]): Promise<void> {
  const child = spawn(process.execPath, [SEVERAL, ...files], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const timer = setTimeout(() => child.kill('SIGKILL'), KILL_MS)
  const output = new Output()
  const [results, [code, signal]] = await Promise.all([output.read(child.stdout), once(child, 'close')])
  clearTimeout(timer)
  if ((!results.ok || code !== 0) && output.failed === 0) output.fail(`\nnot ok ${output.begun.at(-1)}\nit ended with ${signal ?? code}`)
  output.end()
  for (const file of files.slice(output.begun.length)) output.fail(`\nnot ok ${file}\nit did not run: the process ended with a file before it`)
}

/** The files of each process. */
function shared (files: string[]): string[][] {
  const mayShare = files.filter(file => !SETS_CLOCK.test(readFileSync(file, 'utf8')))
  const longer = mayShare.filter(file => LONGER.test(file))
  const short = mayShare.filter(file => !longer.includes(file) && (TOGETHER.test(file) || SHORT.test(file)))
  const alone = files.filter(file => !longer.includes(file) && !short.includes(file))
  return [...alone.map(file => [file]), ...dealt(longer, LONGER_TOGETHER), ...dealt(short, SHORT_TOGETHER)]
}

/** As many groups as it takes, of so many files each. */
function dealt (files: string[], each: number): string[][] {
  const groups = Math.ceil(files.length / each)
  return Array.from({ length: groups }, (_, index) => files.filter((_, place) => place % groups === index))
}

/**
 * Runs as many processes at a time as there are cores. Tests wait as well as work (for a fifth of the time, with one more), so two
 * more run meanwhile: of those at the end, which are short.
 */
async function runAll (files: string[]): Promise<void> {
  const rank = ([file]: string[]) => LONGEST.findIndex(pattern => pattern.test(file!)) >>> 0
  const waiting = shared(files).sort((a, b) => rank(a) - rank(b))
  const work = async (next: () => string[] | undefined) => {
    for (let files; (files = next());) await runTogether(files)
  }
  const cores = Array.from({ length: Math.max(2, availableParallelism()) }, async () => await work(() => waiting.shift()))
  const between = Array.from({ length: 2 }, async () => await work(() => waiting.pop()))
  await Promise.all([...cores, ...between])
}

/** The same under tap's own runner, which knows which lines ran. */
async function runCovered (files: string[]): Promise<void> {
  // A fresh install has tap with other plugins than ours. Building it takes away what a run beside this one
  // is using, so only then; and first, since a run that has to rebuild it would begin with theirs.
  const built = readFileSync(new URL(import.meta.resolve('@tapjs/test/built')), 'utf8')
  if (built.includes('@tapjs/typescript')) spawnSync('tap', ['build'], { stdio: 'inherit' })
  const options = ['--reporter=tap', '--no-disable-coverage', '--allow-incomplete-coverage', '--show-full-coverage', '--coverage-report=none']
  const tap = spawn('tap', ['run', ...options, ...files], { stdio: ['ignore', 'pipe', 'inherit'] })
  const output = new Output()
  output.reportTests()
  const [[code]] = await Promise.all([once(tap, 'close'), output.read(tap.stdout)])
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
