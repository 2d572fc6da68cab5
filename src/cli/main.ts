import process from 'node:process'
import { loadConfig } from '../config.ts'
import { printLine } from '../process/print-line.ts'
import { commands } from './commands.ts'
import { toOneLine } from './options.ts'

/** Commands that use no store, or name theirs. */
const STORELESS = new Set(['copy', 'push-key'])

/** Runs an operator's command on the store of the server, which may be running. */
export async function main (argv = process.argv.slice(2)): Promise<void> {
  const isHelp = argv.some(arg => ['--help', '-h'].includes(arg)) || argv[0] === 'help'
  const words = argv.filter(arg => !['--help', '-h'].includes(arg))
  if (argv[0] === 'help') words.shift()
  const name = Object.keys(commands).find(name => words.slice(0, name.split(' ').length).join(' ') === name)
  if (name === undefined) return listCommands(words, isHelp)
  const { run, usage, does, needsSecret = false } = commands[name]!
  const line = `usage: npm run cli -- ${name} ${usage}`.trimEnd()
  if (isHelp) {
    process.stdout.write(`${line}\n\n${does}\n`)
    return
  }
  try {
    const config = loadConfig(process.env, { needsSecret })
    // An operator who forgot to set it should see which store the command uses.
    if (!process.env['DATABASE_URL'] && !STORELESS.has(name)) printLine(`the store is ${config.DATABASE_URL}, because DATABASE_URL is not set`)
    process.stdout.write(`${await run(words.slice(name.split(' ').length), config)}\n`)
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    printLine(toOneLine(error as Error))
    if (code.startsWith('ERR_PARSE_ARGS')) printLine(line)
    process.exitCode = 1
  }
}

/** Lists all commands, or those that begin with the given word: on standard output if help was asked for, else as an error. */
function listCommands ([group, ...more]: string[], isAsked: boolean): void {
  const ofGroup = Object.entries(commands).filter(([name]) => name.startsWith(`${group} `))
  const isUnknown = group !== undefined && (ofGroup.length === 0 || more.length > 0)
  if (isUnknown) printLine(`there is no command "${ofGroup.length === 0 ? group : `${group} ${more[0]}`}"`)
  const shown = ofGroup.length === 0 ? Object.entries(commands) : ofGroup
  const lines = shown.map(([name, { usage }]) => `  npm run cli -- ${name} ${usage}`.trimEnd())
  const isAnswer = isAsked && !isUnknown
  const out = isAnswer ? process.stdout : process.stderr
  out.write(`Commands:\n${lines.join('\n')}\n\n--help after a command says what it does. DATABASE_URL names the store.\n`)
  if (!isAnswer) process.exitCode = 1
}
