import { problem } from '../../errors.ts'
import type { OutboundClient } from './client.ts'
import { BlockedError } from './guard.ts'

/** The address as it will be called. Throws BLF_URL_BLOCKED, which says what (`endpoint`, `URL`) cannot be called, and why. */
export function checked (client: Pick<OutboundClient, 'check'>, address: string, what: string): string {
  try {
    return client.check(address).href
  } catch (error) {
    if (error instanceof BlockedError) throw problem('BLF_URL_BLOCKED', `This ${what} cannot be called: ${error.message}.`)
    throw error
  }
}
