import { createTimer, type Platform } from '../platform.ts'

/** After so much silence a link is asked whether it is alive, milliseconds. */
const PING_AFTER_MS = 25_000

/**
 * Finds out that a link is dead: browsers hide the pings of a WebSocket, and a connection without packets can be lost
 * without anybody noticing. A link that takes frames is sent a `ping` after a silence; one that does not has to be heard by
 * itself.
 */
export interface Pulse {
  /** Begins to watch a link: `ping` sends one, if the link takes frames; else something comes every `heartbeat` milliseconds. */
  _start (ping: (() => void) | undefined, heartbeat: number): void
  _stop (): void
  /** Something came. */
  _heard (): void
  /** Asks at once whether the link is alive. */
  _probe (): void
}

/** `maxDelay`: milliseconds that an answer to a ping may take. `onDead`: nothing is heard from the other end any more. */
export function createPulse (platform: Platform, maxDelay: number, onDead: (reason: string) => void): Pulse {
  let ping: (() => void) | undefined
  /** The longest silence that is normal. */
  let limit = 0
  let heardAt = 0
  let isHeard = false
  let isPinging = false
  const { now } = platform
  const wait = createTimer(platform)

  // No timer is touched: there may be thousands a second.
  function heard () {
    isHeard = true
    heardAt = now()
  }

  function probe () {
    if (isPinging) return
    if (!ping) return watch()
    isPinging = true
    isHeard = false
    ping()
    wait(maxDelay, () => {
      isPinging = false
      if (isHeard) watch()
      else onDead('no answer to a ping')
    })
  }

  function watch () {
    const left = heardAt + limit - now()
    if (left > 0) wait(left, watch)
    else if (ping) probe()
    else onDead('nothing was heard')
  }

  return {
    _start (send, heartbeat) {
      ping = send
      limit = send ? PING_AFTER_MS : heartbeat + maxDelay
      heard()
      watch()
    },
    _stop () {
      wait()
      isPinging = false
    },
    _heard: heard,
    _probe: probe
  }
}
