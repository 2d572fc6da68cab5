import { join } from 'node:path'
import t, { type Test } from 'tap'
import { all, run } from '../../../src/store/query.ts'
import { Writer } from '../../../src/store/sqlite/writer.ts'
import type { Draft } from '../../../src/store/store.ts'
import { draft } from '../../contract/store/engine.ts'
import { folder } from '../../folder.ts'

function writer (t: Test, path: string): Writer {
  const made = new Writer(path)
  t.teardown(() => made.close())
  return made
}

function send (to: Writer, ...drafts: Draft[]): boolean[] {
  return to.commit(drafts.map(each => ({ name: 'notify', at: each.at, args: [each] }))).outcomes.map(({ ok }) => ok)
}

/** The ordinals of all notifications in the index: they count up under each key, and under each key and topic. */
function ordinals (of: Writer): string[] {
  const rows = of.execute(all<{ key: string, topic: string | null, ordinal: number, topic_ordinal: number | null }>(
    'SELECT key, topic, ordinal, topic_ordinal FROM event_keys WHERE class = 0 ORDER BY key, seq'
  ))
  return rows.map(({ key, topic, ordinal, topic_ordinal: ofTopic }) => [key, ordinal, ...topic === null ? [] : [topic, ofTopic]].join(' '))
}

const everybody = (topic: string | null) => draft({ all: true }, { topic })

t.test('ordinals count on from one commit to the next', t => {
  const store = writer(t, join(folder(t), 'belfry.db'))
  for (const topic of ['a', null, 'b', 'a']) send(store, everybody(topic))
  t.same(ordinals(store), ['all 1 a 1', 'all 2', 'all 3 b 1', 'all 4 a 2'])
  t.end()
})

t.test('an audience of several keys is counted under each', t => {
  const store = writer(t, join(folder(t), 'belfry.db'))
  for (const companies of [['x'], ['x', 'y'], ['y'], ['x']]) send(store, draft({ companies }, { topic: 'a' }))
  t.same(ordinals(store), ['c:x 1 a 1', 'c:x 2 a 2', 'c:x 3 a 3', 'c:y 1 a 1', 'c:y 2 a 2'])
  t.end()
})

t.test('another process that writes between two commits is counted', t => {
  const path = join(folder(t), 'belfry.db')
  const [server, command] = [writer(t, path), writer(t, path)]
  for (const each of [server, command, server, server, command]) send(each, everybody('a'))
  t.same(ordinals(server), ['all 1 a 1', 'all 2 a 2', 'all 3 a 3', 'all 4 a 4', 'all 5 a 5'])
  t.end()
})

t.test('what was undone is not counted', t => {
  const store = writer(t, join(folder(t), 'belfry.db'))
  send(store, everybody('a'))
  // It fails only after it was written, so that the commit is repeated with savepoints: whom it excludes is no id.
  const broken = { ...everybody('a'), keys: ['all', '!u:%'] }
  t.same(send(store, everybody('a'), broken, everybody('a')), [true, false, true])
  t.same(ordinals(store), ['all 1 a 1', 'all 2 a 2', 'all 3 a 3'])
  t.end()
})

/** The blocks of the log in which each source has something. */
const blocks = (of: Writer) => of.execute(all<{ source: string, block: number }>('SELECT source, block FROM sent_blocks ORDER BY source, block')).map(({ source, block }) => `${source} ${block}`)

t.test('a block of what was sent is noted once, and again if it was undone', t => {
  const store = writer(t, join(folder(t), 'belfry.db'))
  const broken = { ...everybody('a'), keys: ['all', '!u:%'] }
  t.same(send(store, broken), [false])
  t.same(blocks(store), [])
  t.same(send(store, broken, everybody('a')), [false, true])
  send(store, everybody('a'), draft({ all: true }, { type: 'error', scope: 'x' }))
  t.same(blocks(store), ['all 0', 'scope:x 0', 'sender:user:root 0', 'type:error 0', 'type:info 0'])
  store.execute(run("DELETE FROM sent_blocks WHERE source = 'all'"))
  send(store, everybody('a'))
  t.notOk(blocks(store).includes('all 0'), 'the same block costs no further statement')
  t.end()
})

t.test('blocks go with the last of their events', t => {
  const store = writer(t, join(folder(t), 'belfry.db'))
  for (let sent = 0; sent < 130; sent += 10) send(store, ...Array.from({ length: 10 }, () => everybody(null)))
  const retain = (limit: number) => { store.commit([{ name: 'retain', at: 10, args: [9, limit] }]) }
  const left: string[][] = []
  for (const limit of [62, 1, 64, 100]) {
    retain(limit)
    left.push(blocks(store).filter(name => name.startsWith('all')))
  }
  t.same(left, [['all 0', 'all 1', 'all 2'], ['all 1', 'all 2'], ['all 2'], ['all 2']])
  t.end()
})

/** The blocks of a key's notifications: which seqs, of which topic and type; '' for any. */
const keyBlocks = (of: Writer) => of.execute(all<{ topic: string, type: string, low: number, high: number }>('SELECT topic, type, low, high FROM key_blocks ORDER BY low, high DESC, topic, type')).map(({ topic, type, low, high }) => `${low}-${high} ${topic}/${type}`)
const several = (count: number, topic: string | null = 'a') => Array.from({ length: count }, () => everybody(topic))

t.test('a block of a key is noted once it is full, by whoever fills it', t => {
  const path = join(folder(t), 'belfry.db')
  const [server, command] = [writer(t, path), writer(t, path)]
  send(server, ...several(63))
  t.same(keyBlocks(server), [])
  send(server, everybody('a'))
  const first = ['1-64 /', '1-64 /info', '1-64 a/', '1-64 a/info']
  t.same(keyBlocks(server), first)
  send(server, ...several(60, null))
  send(command, ...several(10))
  t.same(keyBlocks(server), [...first, '65-128 /', '65-128 /info', '125-128 a/', '125-128 a/info'], 'what the other process sent belongs to the next one, too')
  server.commit([{ name: 'retain', at: 10, args: [9, 64] }])
  t.same(keyBlocks(server).length, 4, 'it goes with its last event')
  t.end()
})

t.test('a type that an edit brings into a block is noted', t => {
  const store = writer(t, join(folder(t), 'belfry.db'))
  const [early, late] = [everybody('a'), everybody('a')]
  const edit = (id: string) => { store.commit([{ name: 'edit', at: 1, args: [id, { fields: { type: 'error' }, type: 'error' }] }]) }
  send(store, early, ...several(64), late)
  const before = keyBlocks(store)
  edit(late.id)
  t.same(keyBlocks(store), before, 'not before the block is full')
  edit(early.id)
  send(store, ...several(62))
  const errors = keyBlocks(store).filter(name => name.endsWith('error'))
  t.same(errors, ['1-1 /error', '1-1 a/error', '66-66 /error', '66-66 a/error'])
  t.end()
})
