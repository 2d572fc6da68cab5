import type { PushMessage } from '../../protocol/outbound/push.ts'

interface Container { getRegistrations (): Promise<readonly { active: { postMessage (message: PushMessage): void } | null }[]> }

const here = globalThis as unknown as { navigator?: { serviceWorker?: Container } }

/** Tells all service workers of this origin: which of them shows pushes, a page may not know. Rejects where a page may have none. */
export async function tellWorkers (message: PushMessage): Promise<void> {
  for (const { active } of await here.navigator?.serviceWorker?.getRegistrations() ?? []) active?.postMessage(message)
}
