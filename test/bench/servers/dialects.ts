/** How a client is spoken to. */
export interface Dialect {
  /** What the server says first. */
  hello?: string[]
  /** What it answers to a message. */
  reply?: (text: string) => string[]
  /** The notification with this number, as a message of the protocol. */
  push: (number: number) => string
  /** The JSON of plain requests, by path. */
  answers?: Record<string, unknown>
}

/** The notification that every client gets: the same for all, in what each protocol wraps around it. */
const notificationOf = (number: number) => ({
  id: `0192f0c1-7b3a-7e55-8f7e-${number.toString(16).padStart(12, '0')}`,
  title: 'A benchmark',
  message: 'x'.repeat(57),
  type: 'info',
  created_at: '2026-01-31T12:00:00.000Z',
  read: false,
  data: { topic: 'bench' }
})

const cursorOf = (number: number) => `k3v9x0qa.${(number + 1).toString(36)}`
const counts = { unread_count: 0, unseen_count: 0, cursor: cursorOf(-1) }
const user = { id: 'alice', username: 'alice', role: 'user', company: null }

const belfry: Dialect = {
  hello: [JSON.stringify({ type: 'welcome', cursor: cursorOf(-1), payload: { connection_id: '1', user, unread_count: 0, unseen_count: 0, heartbeat_interval: 600, resume: 'none' } })],
  push (number) {
    const payload = notificationOf(number)
    return JSON.stringify({ id: payload.id, type: 'notification', cursor: cursorOf(number), payload })
  },
  answers: {
    '/api/notifications/me': { items: [], next_before: null, ...counts },
    '/api/notifications/me/unread-count': counts,
    '/api/auth/me': user
  }
}

/** Centrifuge's JSON protocol: commands with an id, which replies have too; offsets as where a history is kept. */
const centrifuge: Dialect = {
  reply: text => text.split('\n').map(line => JSON.parse(line)).flatMap(({ id, connect, subscribe }) => {
    if (connect) return [JSON.stringify({ id, connect: { client: '1', version: 'bench' } })]
    return subscribe ? [JSON.stringify({ id, subscribe: {} })] : []
  }),
  push: number => JSON.stringify({ push: { channel: 'notifications', pub: { data: notificationOf(number), offset: number + 1 } } })
}

/** Engine.IO 4 under Socket.IO 5: open, then the namespace, then events. */
const socketIo: Dialect = {
  hello: [`0${JSON.stringify({ sid: '1', upgrades: [], pingInterval: 600_000, pingTimeout: 600_000, maxPayload: 1_000_000 })}`],
  reply: text => text.startsWith('40') ? [`40${JSON.stringify({ sid: '2' })}`] : [],
  push: number => `42${JSON.stringify(['notification', notificationOf(number)])}`
}

/** No protocol: the notification alone. */
const plain: Dialect = { push: number => JSON.stringify(notificationOf(number)) }

/** By the path that each client opens. */
export const dialects: Record<string, Dialect> = { '/ws/notifications': belfry, '/connection/websocket': centrifuge, '/socket.io/': socketIo, '/plain': plain }
