import process from 'node:process'
import { loadConfig, type Config } from '../config.ts'
import { tell } from '../start.ts'
import { backup, restore } from './backup.ts'
import { copy } from './copy.ts'
import { createKey, listKeys, revokeKey } from './key.ts'
import { mintToken } from './token.ts'
import { createUser } from './user.ts'

/** Does what its arguments say; what it answers goes to standard output. Throws with a line fit for an operator. */
type Command = (args: string[], config: Config) => Promise<string>

const commands: Record<string, [Command, usage: string]> = {
  'key create': [createKey, '--name <name> --scope <scope> [--scope <scope> …] [--rate-limit <a minute>] [--expires-at <time>]'],
  'key list': [listKeys, ''],
  'key revoke': [revokeKey, '<id>'],
  'user create': [createUser, '--username <name> --role <role> [--company <company>] [--password-stdin | --no-password]'],
  'token mint': [mintToken, '--sub <user id> --role <role> [--company <company>] [--ttl <seconds>]'],
  backup: [backup, '<file>'],
  restore: [restore, '<file> [--replace]'],
  copy: [copy, 'sqlite:<path> postgres://…']
}

/** For operators without a browser: works on the same store as the server, also while that runs. */
export async function main (argv = process.argv.slice(2)): Promise<void> {
  const name = Object.keys(commands).find(name => argv.slice(0, name.split(' ').length).join(' ') === name)
  if (name === undefined) {
    const list = Object.entries(commands).map(([name, [, usage]]) => `  npm run cli -- ${name} ${usage}`.trimEnd())
    // Asked for, it is an answer; otherwise it is a complaint.
    const isAsked = isHelp(argv)
    const to = isAsked ? process.stdout : process.stderr
    to.write(`Commands:\n${list.join('\n')}\n`)
    process.exitCode = isAsked ? 0 : 1
    return
  }
  const [command, usage] = commands[name]!
  if (isHelp(argv)) {
    process.stdout.write(`usage: npm run cli -- ${name} ${usage}`.trimEnd() + '\n')
    return
  }
  try {
    process.stdout.write(`${await command(argv.slice(name.split(' ').length), loadConfig(process.env))}\n`)
  } catch (error) {
    const { message, code = '' } = error as NodeJS.ErrnoException
    tell(message.replaceAll(/\s*\n\s*/g, ' '))
    if (code.startsWith('ERR_PARSE_ARGS')) tell(`usage: npm run cli -- ${name} ${usage}`)
    process.exitCode = 1
  }
}

function isHelp (argv: string[]): boolean {
  return argv[0] === 'help' || argv.some(argument => ['--help', '-h'].includes(argument))
}
