import { parseArgs } from 'node:util'
import { newPushKey } from '../settings/push.ts'

/** `push-key`: prints only the key. */
export async function makePushKey (args: string[]): Promise<string> {
  parseArgs({ args })
  return newPushKey()
}
