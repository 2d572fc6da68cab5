import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'

/** Go as tests run it: its own version, without modules and without a C compiler. */
const env = { ...process.env, GOTOOLCHAIN: 'local', GOPROXY: 'off', GOWORK: 'off', GOFLAGS: '-buildvcs=false', CGO_ENABLED: '0' }
/** Each package that the compiler is told to compile. */
const COMPILES = /\bcompile -o /g
/** What `isGenuine` of the page imports. */
const IMPORTS = ['crypto/hmac', 'crypto/sha256', 'encoding/base64', 'strconv', 'strings', 'time']

export const hasGo = spawnSync('go', ['version']).status === 0

function go (home: string, args: string[], more: Record<string, string> = {}): string {
  const { status, stdout, stderr } = spawnSync('go', args, { cwd: home, env: { ...env, ...more }, encoding: 'utf8' })
  if (status !== 0) throw new Error(`go ${args.join(' ')}: ${stderr}`)
  return stdout + stderr
}

/** Whether Go has compiled what a program imports: the packages of a server over HTTP take it 20 seconds of CPU, once. */
export function isCompiled (text: string): boolean {
  const home = mkdtempSync(join(tmpdir(), 'belfry-go-'))
  try {
    writeFileSync(join(home, 'program.go'), text)
    return go(home, ['build', '-n', '-o', 'program', 'program.go']).match(COMPILES)!.length === 1
  } finally {
    rmSync(home, { recursive: true })
  }
}

/** Builds a program; its file. */
export function build (home: string, file: string): string {
  const program = join(home, 'program')
  go(home, ['build', '-o', program, file])
  return program
}

/** The function `isGenuine` of a program, in a program of its own: what a call has comes to it as the arguments, and the key and the body as its input. */
export function buildVerifier (home: string, text: string): string {
  const [verify] = /^func isGenuine[^]*?^}$/m.exec(text)!
  writeFileSync(join(home, 'verifier.go'), `package main

import (
${[...IMPORTS, 'io', 'os'].map(name => `"${name}"`).join('\n')}
)

${verify}

func main() {
  key, _ := base64.StdEncoding.DecodeString(os.Args[1])
  headers := map[string]string{"webhook-id": os.Args[2], "webhook-timestamp": os.Args[3], "webhook-signature": os.Args[4]}
  body, _ := io.ReadAll(os.Stdin)
  if !isGenuine(func(name string) string { return headers[name] }, body, key) {
    os.Exit(1)
  }
}
`)
  const program = join(home, 'verifier')
  // Not optimised: most of the time goes into packages of Go's own that are compiled once.
  go(home, ['build', '-gcflags=all=-N -l', '-ldflags=-s -w', '-o', program, 'verifier.go'], { GOGC: '400' })
  return program
}

/** Whether a text is formatted as Go formats it. */
export function isFormatted (text: string): boolean {
  const { status, stdout } = spawnSync('gofmt', [], { input: text, encoding: 'utf8' })
  return status === 0 && stdout === text
}
