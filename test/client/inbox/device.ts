import { WebSocket } from 'ws'
import { Belfry, type Inbox, type InboxSnapshot } from '../../../src/client/index.ts'
import { mint, type Person } from '../../helper.ts'

/** A client in Node whose network the test cuts. */
export function device (base: string, person: Person): { client: Belfry, errors: string[], cut: () => void } {
  const sockets = new Set<WebSocket>()
  class Cuttable extends WebSocket {
    constructor (url: string, protocols: string[]) {
      super(url, protocols)
      sockets.add(this)
    }
  }
  const client = new Belfry(base, { token: mint(person), websocket: Cuttable as never, minReconnectDelay: 20 })
  const errors: string[] = []
  client.on('error', ({ code }) => errors.push(code))
  client.connect()
  return {
    client,
    errors,
    cut () {
      for (const socket of sockets) socket.terminate()
      sockets.clear()
    }
  }
}

/** Resolves when a list shows what is waited for. */
export async function until (list: Inbox, isThere: (snapshot: InboxSnapshot) => boolean): Promise<void> {
  await new Promise<void>(resolve => {
    const look = () => {
      if (!isThere(list.getSnapshot())) return
      end()
      resolve()
    }
    const end = list.subscribe(() => queueMicrotask(look))
    queueMicrotask(look)
  })
}
