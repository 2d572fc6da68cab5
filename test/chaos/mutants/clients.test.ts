import { test } from 'tap'
import type { Belfry, Inbox, InboxFilter, WebSocketClass } from '../../../src/client/index.ts'
import { random } from '../../random.ts'
import { check } from '../checker.ts'
import type { ClientSubscriber } from '../clients/client.ts'
import { members } from '../people.ts'
import { World } from '../world.ts'
import { publish } from './broken.ts'

const user = members.find(({ id }) => id === 'company_a.one')!

/** Every event reaches its reader through this: so many times. */
function passing (count: (text: string) => number): WebSocketClass {
  return class extends WebSocket {
    override get onmessage () { return super.onmessage }
    override set onmessage (listener) {
      super.onmessage = listener && (event => {
        for (let left = count(String(event.data)); left > 0; left--) listener.call(this, event)
      })
    }
  } as WebSocketClass
}

const isNews = (text: string) => text.includes('"type":"notification"')

interface Mutant { names: string[], websocket?: WebSocketClass, mutate?: (client: Belfry) => void }

/** Of the second notification nothing is heard; its inbox is fetched again for another reason. */
function deaf (): WebSocketClass {
  let news = 0
  return passing(text => isNews(text) && ++news === 2 ? 0 : 1)
}

/** Our client, and what it would be with one fault: what it then is put through, the checker has to name. */
const mutants: Record<string, Mutant> = {
  'as it is, although everything comes twice': { names: [], websocket: passing(text => isNews(text) ? 2 : 1) },
  'it does not resume where it was': {
    names: ['lost'],
    websocket: class extends WebSocket {
      constructor (url: string, protocols: string[]) {
        super(url.replace(/since=[^&]*/, ''), protocols)
      }
    } as WebSocketClass
  },
  'it misses an event': { names: ['lost'], websocket: deaf() },
  'it tells everything twice': {
    // A replay is longer, too, than it says it was.
    names: ['doubled', 'miscounted'],
    mutate (client) {
      const on = client.on.bind(client)
      Object.assign(client, {
        on: (event: 'notification', listener: (frame: object) => void) => on(event, frame => {
          listener(frame)
          if (event === 'notification') listener(frame)
        })
      })
    }
  },
  'it takes nothing back': {
    names: ['diverged'],
    mutate (client) {
      const inbox = client.inbox.bind(client)
      Object.assign(client, { inbox: (filter?: InboxFilter): Inbox => ({ ...inbox(filter), undo: async () => true }) })
    }
  }
}

test('clients with a fault: each is named', async t => {
  const world = new World(random(1))
  t.teardown(() => world.dispose())
  await world.begin()
  const clients: ClientSubscriber[] = []
  for (const [name, { websocket, mutate }] of Object.entries(mutants)) {
    const client = await world.follow({ name, member: user, websocket, mutate })
    clients.push(client)
    await client.until(() => client.isCurrent)
    const id = await publish(world, 'news')
    await client.until(() => client.hasOnScreen(id))
    client.log.wishes!.push({ id, verb: 'deleted', isDone: await client.inbox!.delete(id) }, { id, verb: 'undo', isDone: await client.inbox!.undo() })
  }
  // What comes while they are cut off they are sent when they are back.
  for (const client of clients) client.keepOut()
  for (const topic of ['news', 'bills', 'news']) await publish(world, topic)
  for (const client of clients) client.letIn()
  await world.settle()
  const { faults } = check(world.journal)
  for (const [name, { names }] of Object.entries(mutants)) {
    const own = faults.filter(({ detail }) => detail.startsWith(name))
    t.same([...new Set(own.map(({ kind }) => kind))].sort(), names, name)
  }
})
