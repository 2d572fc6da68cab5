import type { Config } from '../config.ts'
import { backup, restore } from './backup.ts'
import { copy } from './copy.ts'
import { createKey, listKeys, revokeKey } from './key.ts'
import { makePushKey } from './push-key.ts'
import { mintToken } from './token.ts'
import { changePassword, createUser } from './user-create.ts'
import { listUsers, removeUser, showUser } from './user.ts'

export interface Command {
  /** Runs the command; its result is printed to standard output. Throws an error whose message is one line for the operator. */
  run: (args: string[], config: Config) => Promise<string>
  usage: string
  /** Whether the command signs tokens, and so needs JWT_SECRET. */
  needsSecret?: boolean
  /** What it does, for `--help`. */
  does: string
}

const PASSWORD = 'Generates a password and prints it once, unless --password-stdin reads one from standard input or --prompt asks for one.'
const WHO = '<id or username> [--id]'
const BY_ID = 'With --id the argument is an id only, for an id that is also the username of another user.'

export const commands: Record<string, Command> = {
  'key create': { run: createKey, usage: '--name <name> --scope <scope> [--scope <scope> …] [--rate-limit <a minute>] [--expires-at <time>]', does: 'Creates an API key and prints it; it is never shown again.' },
  'key list': { run: listKeys, usage: '', does: 'Lists the API keys, one per line, without their secrets.' },
  'key revoke': { run: revokeKey, usage: '<id>', does: 'Revokes an API key; a running server closes its sockets within a second.' },
  'user create': {
    run: createUser,
    usage: '--username <name> --role <role> [--company <company>] [--id <id>] [--name <name>] [--email <address>] [--password-stdin | --prompt | --no-password]',
    does: `Creates a user and prints its id. ${PASSWORD} --id is the sub of tokens minted elsewhere, --name what people call the user, and --email where mail goes.`
  },
  'user list': { run: listUsers, usage: '[--q <start of an id or username>] [--company <company>] [--role <role>]', does: 'Lists users: id, username, role, company.' },
  'user show': { run: showUser, usage: WHO, does: `Shows a user. ${BY_ID}` },
  'user password': { run: changePassword, usage: `${WHO} [--password-stdin | --prompt]`, does: `Gives a user a new password and ends its sessions. ${PASSWORD} ${BY_ID}` },
  'user remove': { run: removeUser, usage: WHO, does: `Removes a user, ends its sessions and closes its sockets. ${BY_ID}` },
  'token mint': {
    run: mintToken,
    needsSecret: true,
    usage: '(--user <id or username> | --sub <id> --role <role> [--company <company>]) [--ttl <seconds>]',
    does: 'Prints an access token: for a user of the store with --user, or as another backend would mint it with --sub.'
  },
  'push-key': { run: makePushKey, usage: '', does: 'Prints a new VAPID_PRIVATE_KEY, by which push services know a server. With another one, all push subscriptions end.' },
  backup: { run: backup, usage: '<file>', does: 'Copies the SQLite database into a file, even while the server is running.' },
  restore: { run: restore, usage: '<file> [--replace]', does: 'Replaces the SQLite database by a backup; the server must not be running.' },
  copy: { run: copy, usage: 'sqlite:<path> postgres://…', does: 'Moves a SQLite store that no server uses into an empty PostgreSQL database.' }
}
