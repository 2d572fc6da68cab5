import type { Session } from './api.ts'
import { createPreferences, type PreferencesStore } from './preferences/store.ts'
import type { Core } from './seam.ts'

export type { PreferencesSnapshot, PreferencesStore } from './preferences/store.ts'
export type * from '../protocol/preferences.ts'

const stores = new WeakMap<Core, PreferencesStore>()

/**
 * The preferences of a client's user, for frameworks to subscribe to: the same object for the same client.
 *
 * ```js
 * import { preferencesOf } from '@belfry/client/preferences'
 * const preferences = preferencesOf(belfry)
 * preferences.subscribe(() => render(preferences.getSnapshot()))
 * await preferences.setTopic('comments', { inbox: 'off' })
 * ```
 */
export function preferencesOf ({ core, on }: Pick<Session, 'core' | 'on'>): PreferencesStore {
  const store = stores.get(core) ?? createPreferences(core, on)
  stores.set(core, store)
  return store
}
