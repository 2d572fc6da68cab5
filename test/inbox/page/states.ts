import { itemOf, itemsFrom, snapshotOf } from '../items.ts'

const SCRIPT = '<script>window.isHacked = true</script><img src=x onerror="window.isHacked=true">'
const midnight = new Date().setHours(0, 0, 0, 0)
/** So many days ago, or so many minutes, but today: shortly after midnight they are fewer. */
const at = (days: number, minutes = 0) => ({ created_at: new Date(days > 0 ? Date.now() - days * 86_400_000 : Math.max(midnight, Date.now() - minutes * 60_000)).toISOString() })

/** Texts that are long, foreign or hostile, in every field that is shown. */
const items = [
  itemOf(20, { ...at(0), title: 'Datenschutzgrundverordnungskonformitätsprüfungsbescheinigung', message: 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft hat geantwortet.', data: { topic: 'recht' } }),
  itemOf(19, { ...at(0, 3), title: 'تم شحن الطلب ١٧٤٢', message: 'سيصل يوم الاثنين إلى عنوانك المسجل لدينا', type: 'success', read: true }),
  itemOf(18, { ...at(0, 90), title: '🎉👩‍👩‍👧‍👦🏳️‍🌈 Three years', message: '🎂'.repeat(60), type: 'warning' }),
  itemOf(17, { ...at(1), title: 'A long one', message: 'All work and no play. '.repeat(182).slice(0, 4000), type: 'error', revision: 4, updated_at: new Date().toISOString() }),
  itemOf(16, { ...at(1), title: SCRIPT, message: SCRIPT, data: { topic: 'orders' }, url: 'javascript:alert(1)', icon: 'https://elsewhere.example/x.png', actions: [{ id: 'a', label: SCRIPT.slice(0, 40), url: 'javascript:alert(2)' }, { id: 'b', label: 'Track it', url: 'https://shop.example/1' }, { id: 'c', label: '<b>No</b>' }] }),
  itemOf(15, { ...at(40), title: 'Order 1742 shipped', message: 'It arrives on Monday.', url: '/orders/1742', replaces: 'n1', replaced_count: 3, data: { topic: 'orders' } }),
  itemOf(14, { ...at(400), title: 'You chose', read: true, actions: [{ id: 'yes', label: 'Yes' }], acted: { action: 'yes', at: new Date().toISOString() } }),
  itemOf(13, { ...at(400), title: ' \u00a0', message: 'Its title is blank.' })
]

const choice = (value: string, source = 'operator', locked = false) => ({ value, source, locked })

/** What a user prefers, with topics of every kind. */
const preferences = {
  topics: { comments: { inbox: 'off' } },
  channels: { mail: 'digest' },
  quiet_hours: { timezone: 'America/Argentina/ComodRivadavia', days: ['mon', 'fri'], from: '22:00', to: '07:00' },
  digest_at: null,
  effective: {
    topics: {
      comments: { description: 'What others say about what you wrote, and about what you only looked at.', inbox: choice('off', 'user'), push: choice('on'), mail: choice('digest', 'user') },
      Datenschutzgrundverordnungskonformitaetspruefungsbescheinigungen: { inbox: choice('on', 'company', true), push: choice('on', 'company', true), mail: choice('on', 'company', true) },
      safety: { description: SCRIPT, inbox: choice('on', 'operator', true), push: choice('on', 'operator', true), mail: choice('off', 'operator', true) }
    }
  },
  cursor: 'abcdefgh.1'
}

/** What the server says of preferences, by the name of the state: nothing in the others. */
const answers = {
  preferences: { status: 200, body: preferences },
  'preferences-offline': { status: 200, body: { ...preferences, quiet_hours: null, effective: { topics: {} } } },
  'preferences-failed': { status: 403, body: { code: 'BLF_FORBIDDEN', detail: 'no', status: 403 } }
}

/** Every state of the list, by its name. */
export const states = {
  list: snapshotOf(items, { unreadCount: 5 }),
  loading: snapshotOf([], { networkStatus: 'loading', connection: 'connecting', stale: true }),
  empty: snapshotOf([]),
  error: snapshotOf([], { networkStatus: 'error' }),
  'signed-out': snapshotOf([], { connection: 'disconnected', networkStatus: 'error' }),
  offline: snapshotOf(itemsFrom(3, 1), { connection: 'connecting', stale: true, unreadCount: 120 }),
  'catching-up': snapshotOf(itemsFrom(3, 1), { stale: true }),
  more: snapshotOf(itemsFrom(3, 1), { hasMore: true }),
  'fetching-more': snapshotOf(itemsFrom(3, 1), { hasMore: true, networkStatus: 'fetching_more' }),
  'older-failed': snapshotOf(itemsFrom(3, 1), { hasMore: true, networkStatus: 'error' }),
  undo: snapshotOf(itemsFrom(3, 1), { unreadCount: 3 }),
  archived: snapshotOf([]),
  unread: snapshotOf([]),
  required: snapshotOf([
    itemOf(5, { ...at(0), title: 'Read the new safety rules', type: 'warning', acknowledge: { by: new Date(Date.now() + 3 * 86_400_000).toISOString() }, data: { topic: 'safety' }, actions: [{ id: 'a', label: 'Ask a question' }] }),
    itemOf(4, { ...at(2), title: 'Datenschutzgrundverordnungskonformitätsprüfungsbescheinigung', acknowledge: { by: new Date(Date.now() - 86_400_000).toISOString() } }),
    itemOf(3, { ...at(2), title: 'Without an end', read: true, acknowledge: {} }),
    itemOf(2, { ...at(3), title: 'In time', read: true, acknowledge: { by: new Date(Date.now() - 3_600_000).toISOString() }, acknowledged_at: new Date(Date.now() - 7_200_000).toISOString() }),
    itemOf(1, { ...at(3), title: 'Too late', acknowledge: { by: new Date(Date.now() - 7_200_000).toISOString() }, acknowledged_at: new Date(Date.now() - 3_600_000).toISOString() })
  ]),
  preferences: snapshotOf([]),
  'preferences-offline': snapshotOf(itemsFrom(1, 1), { connection: 'connecting', stale: true }),
  'preferences-failed': snapshotOf([]),
  own: snapshotOf([itemOf(1, { ...at(0), title: 'Own', type: 'success', acknowledge: {}, actions: [{ id: 'a', label: 'Reply' }, { id: 'b', label: 'Later' }] })])
}

/** A page with a list in each state. Their clients know one snapshot, and take every mark. */
export const script = `
const states = ${JSON.stringify(states)}
const answers = ${JSON.stringify(answers)}
const isDone = async () => true
for (const [name, snapshot] of Object.entries(states)) {
  const feed = document.createElement('belfry-feed')
  // It was connected before, or tried to be.
  let shown = { ...snapshot, connection: 'connecting' }
  const inbox = { getSnapshot: () => shown, subscribe: () => () => {}, fetchNextPage: async () => {}, markAsSeen: isDone, markAsRead: isDone, archive: isDone, unarchive: isDone, delete: isDone, restore: isDone, acknowledge: isDone }
  feed.id = name
  const on = (type, listener) => {
    if (name === 'required' && type === 'notification.reminder') listener({ payload: { id: 'n4' } })
    return () => {}
  }
  feed.client = { inbox: () => inbox, on, connect () {}, state: 'connected' }
  if (name in answers) {
    const after = (ms, work) => {
      const timer = setTimeout(work, ms)
      return () => clearTimeout(timer)
    }
    feed.client.core = { clock: { now: Date.now, random: Math.random, after }, onLeave: new Set(), connection: 'connected', call: async () => answers[name], report () {} }
  }
  if (name === 'own') {
    const template = document.createElement('template')
    const title = document.createElement('b')
    template.slot = 'item'
    title.dataset.field = 'title'
    template.content.append(title)
    feed.append(template)
  }
  const heading = document.createElement('h2')
  heading.textContent = name
  document.querySelector('main').append(heading, feed)
  await feed.updateComplete
  shown = snapshot
  feed.requestUpdate()
}
`

/** A page with a long list, of which the tab of unread ones has all but two. */
export const longScript = `
const items = ${JSON.stringify(itemsFrom(2_000, 1))}
const lists = {}
const inbox = filter => lists[JSON.stringify(filter)] ??= { getSnapshot: () => lists[JSON.stringify(filter)].snapshot, subscribe: () => () => {}, markAsSeen: async () => true, snapshot: { ...${JSON.stringify(snapshotOf([]))}, items: filter.unread ? items.slice(2) : items } }
document.querySelector('belfry-feed').client = { inbox, on: () => () => {}, connect () {}, state: 'connected' }
`
