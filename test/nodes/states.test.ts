import t from 'tap'
import { call, hello, people, subscribe, type Frame } from '../helper.ts'
import { byHintsAlone, cluster, receive, services, type Node } from './cluster.ts'

const { root, bob } = people
const servers = await services(t)
const actions = [{ id: 'track', label: 'Track it' }, { id: 'later', label: 'Remind me' }]

/** What a frame says happened. */
const said = ({ type, payload: { ids, id, action, cursor, before, unread_count: unread, unseen_count: unseen } }: Frame) => {
  return { type, ids: ids ?? id, unread, ...(action === undefined ? {} : { action }), ...(cursor ?? before ? { upTo: cursor ?? before } : {}), ...(type === 'inbox.seen' ? { unseen } : {}) }
}
const isOfBob = ({ type }: Frame) => /^(notification\.|inbox\.)/.test(type)

if (servers) {
  const { url } = servers.redis

  t.test('every state that is changed on one node comes to a device of the other, with the count of its place, and in its resume', async t => {
    const [a, b] = await cluster(t, servers, [url, url], {}, byHintsAlone) as [Node, Node]
    const far = await subscribe(t, b.base, bob)
    const start = far.frames[0]!.cursor!
    for (const id of ['n1', 'n2', 'n3', 'n4']) {
      await call(a.app, root, 'POST', '/api/notifications/send', { ...hello, id, actions })
      await receive(far, id)
    }
    const on = (node: Node) => async (method: 'POST' | 'PUT' | 'DELETE', path: string, body?: object) => {
      const { status, body: answer } = await call(node.app, bob, method, `/api/notifications${path}`, body)
      t.equal(status, 200, `${method} ${path}`)
      return answer
    }
    const [first, second] = [on(a), on(b)]
    const { items } = (await call(a.app, bob, 'GET', '/api/notifications/me')).body
    const expected: ReturnType<typeof said>[] = []
    const step = async (work: () => Promise<{ unread_count?: number }>, frame: object) => {
      const { unread_count: unread } = await work()
      const heard = said(await far.next((frame as { type: string }).type))
      t.match(heard, frame)
      if (unread !== undefined) t.equal(heard.unread, unread, 'and as the answer said')
      expected.push(heard)
      for (const node of [a, b]) {
        const { body } = await call(node.app, bob, 'GET', '/api/notifications/me/unread-count')
        t.equal(body.unread_count, heard.unread, 'and as either node counts')
      }
    }
    const restore = { as: 'restored', ids: ['n1', 'n2'] }
    await step(() => first('POST', '/seen', { cursor: items[1].cursor }), { type: 'inbox.seen', upTo: items[1].cursor, unread: 4, unseen: 1 })
    await step(() => first('PUT', '/n1/archive'), { type: 'notification.archived', ids: ['n1'], unread: 3 })
    await step(() => second('PUT', '/n2/read'), { type: 'notification.read', ids: ['n2'], unread: 2 })
    await step(() => first('POST', '/mark', { as: 'deleted', ids: ['n1', 'n2', 'n3'] }), { type: 'notification.deleted', ids: ['n1', 'n2', 'n3'], unread: 1 })
    await step(() => second('POST', '/mark', restore), { type: 'notification.restored', ids: ['n1', 'n2'], unread: 1 })
    await step(() => first('PUT', '/n1/unarchive'), { type: 'notification.unarchived', ids: ['n1'], unread: 2 })
    await step(() => first('POST', '/n4/actions/later'), { type: 'notification.acted', ids: 'n4', action: 'later', unread: 2 })
    await step(() => second('PUT', '/n2/unread'), { type: 'notification.unread', ids: ['n2'], unread: 3 })
    await step(() => first('POST', '/read-all', { before: items[1].cursor }), { type: 'inbox.read_all', upTo: items[2].cursor, unread: 1 })
    await step(() => second('POST', '/seen', { cursor: items[0].cursor }), { type: 'inbox.seen', upTo: items[0].cursor, unread: 1, unseen: 0 })

    t.match((await second('POST', '/n4/actions/track')), { action: 'later' }, 'the first action counts, whichever node is asked')
    t.match((await call(b.app, bob, 'POST', '/api/notifications/seen', { cursor: items[3].cursor })).body, { unseen_count: 0 }, 'a lower cursor changes nothing')
    t.same((await far.settled()).filter(isOfBob).map(said), expected, 'nothing comes twice, and nothing else')
    for (const { base } of [a, b]) {
      const back = await subscribe(t, base, bob, `?since=${start}`)
      t.match(await back.next('caught_up'), { payload: { count: 4 + expected.length } })
      t.same(back.frames.filter(isOfBob).map(said), expected, 'and a resume is told the same, by either node')
      t.match(back.frames[0], { payload: { unread_count: 1, unseen_count: 0 } })
    }
  })

  t.test('one notification that two nodes mark at once has one state, and both say the last count', async t => {
    const [a, b] = await cluster(t, servers, [url, url], {}, byHintsAlone) as [Node, Node]
    const sockets = await Promise.all([a, b].map(({ base }) => subscribe(t, base, bob)))
    await call(a.app, root, 'POST', '/api/notifications/send', { ...hello, id: 'n1', actions })
    await Promise.all(sockets.map(socket => receive(socket, 'n1')))
    const acts = await Promise.all([a, b, a, b].map(({ app }, index) => call(app, bob, 'POST', `/api/notifications/n1/actions/${actions[index % 2]!.id}`)))
    t.equal(new Set(acts.map(({ body }) => `${body.action} ${body.at}`)).size, 1, 'the first action, to everybody')
    await Promise.all(['archive', 'unarchive', 'read', 'unread', 'archive'].map((verb, index) => call([a, b][index % 2]!.app, bob, 'PUT', `/api/notifications/n1/${verb}`)))
    const heads = await Promise.all([a, b].map(({ app }) => app.store.head()))
    await Promise.all([a, b].map(({ app }) => app.tail.reached(heads[0]!)))
    const heard = (await Promise.all(sockets.map(socket => socket.settled()))).map(frames => frames.filter(isOfBob).map(frame => ({ ...said(frame), cursor: frame.cursor })))
    t.same(heard[0], heard[1], 'both nodes tell the same, in one order')
    t.equal(heard[0]!.filter(({ type }) => type === 'notification.acted').length, 1)
    const { body } = await call(b.app, bob, 'GET', '/api/notifications/me/unread-count')
    t.equal(heard[0]!.at(-1)!.unread, body.unread_count)
  })
}
