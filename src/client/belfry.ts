import type { Sender, Session } from './api.ts'
import { settingsOf, type BelfryOptions } from './options.ts'
import { currentPlatform, type Platform } from './platform.ts'
import { createClient } from './session.ts'

/**
 * A client of a Belfry server, in a page or in Node. It receives every notification of its user, in order and once, as
 * long as it is connected and after each interruption, and sends notifications.
 *
 * ```js
 * const client = new Belfry('https://belfry.example.com', { getToken: () => fetch('/token').then(answer => answer.text()) })
 * client.on('notification', ({ payload }) => console.log(payload.title))
 * client.connect()
 * ```
 */
export interface Belfry extends Session, Sender {}

export class Belfry {
  /**
   * Does nothing until it is told to. `url` is the base address of the server; in a page it may be relative. Throws a
   * TypeError for an option that is wrong. `platform` is for tests.
   */
  constructor (url: string | URL, options: BelfryOptions = {}, platform: Platform = currentPlatform()) {
    // Its functions can be passed on without it.
    Object.defineProperties(this, Object.getOwnPropertyDescriptors(createClient(settingsOf(url, options), platform)))
  }
}
