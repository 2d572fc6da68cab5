import process from 'node:process'
import { loadConfig } from '../config.ts'
import { tell } from '../start.ts'
import { commands } from './commands.ts'

/** For operators without a browser: works on the same store as the server, also while that runs. */
export async function main (argv = process.argv.slice(2)): Promise<void> {
  const isHelp = argv.some(arg => arg === '--help' || arg === '-h')
  const name = Object.keys(commands).find(name => argv.slice(0, name.split(' ').length).join(' ') === name)
  if (name === undefined) return listCommands(isHelp || argv[0] === 'help')
  const { run, usage, does } = commands[name]!
  const line = `usage: npm run cli -- ${name} ${usage}`.trimEnd()
  if (isHelp) {
    process.stdout.write(`${line}\n\n${does}\n`)
    return
  }
  try {
    const config = loadConfig(process.env)
    // Whoever forgot it would otherwise not notice which store a command worked on.
    if (!process.env['DATABASE_URL'] && name !== 'copy') tell(`the store is ${config.DATABASE_URL}, because DATABASE_URL is not set`)
    process.stdout.write(`${await run(argv.slice(name.split(' ').length), config)}\n`)
  } catch (error) {
    const { message, code = '' } = error as NodeJS.ErrnoException
    tell(message.replaceAll(/\s*\n\s*/g, ' '))
    if (code.startsWith('ERR_PARSE_ARGS')) tell(line)
    process.exitCode = 1
  }
}

/** All there is; an answer if it was asked for, else what the caller did wrong. */
function listCommands (isAsked: boolean): void {
  const lines = Object.entries(commands).map(([name, { usage }]) => `  npm run cli -- ${name} ${usage}`.trimEnd())
  const out = isAsked ? process.stdout : process.stderr
  out.write(`Commands:\n${lines.join('\n')}\n\n--help after a command says what it does. DATABASE_URL names the store.\n`)
  if (!isAsked) process.exitCode = 1
}
