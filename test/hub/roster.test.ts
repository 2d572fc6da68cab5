import { test } from 'tap'
import { Roster } from '../../src/hub/roster.ts'
import { recorded } from './recording.ts'

const bob = { id: 'bob', role: 'user', company: 'a' }
const socket = (id: string, user = 'bob') => recorded({ ...bob, id: user }, { id }).connection
const ids = (connections: Iterable<{ id: string }>) => [...connections].map(({ id }) => id)

test('sockets are found by their subject, one or several', async t => {
  const roster = new Roster()
  const [one, two, three, other] = [socket('1'), socket('2'), socket('3'), socket('4', 'alice')]
  t.same(roster.of('u:bob'), [])
  for (const connection of [one, two, three, other]) roster.add(connection)
  t.same(ids(roster.of('u:bob')), ['1', '2', '3'])
  t.same(ids(roster.of('u:alice')), ['4'])
  t.same(ids(roster.all()), ['1', '2', '3', '4'])
  t.equal(roster.size, 4)
})

test('one that is gone is not found, and others are', async t => {
  const roster = new Roster()
  const [one, two, alone] = [socket('1'), socket('2'), socket('3', 'alice')]
  for (const connection of [one, two, alone]) roster.add(connection)
  roster.remove(one)
  roster.remove(one)
  t.same(ids(roster.of('u:bob')), ['2'])
  roster.remove(two)
  roster.remove(alone)
  roster.remove(socket('never added', 'alice'))
  t.equal(roster.has('u:bob'), false)
  t.equal(roster.has('u:alice'), false)
  t.equal(roster.size, 0)
  roster.add(one)
  t.same(ids(roster.of('u:bob')), ['1'], 'and may come back')
})

test('what is done to the sockets of a subject does not disturb who looks at them', async t => {
  const roster = new Roster()
  const connections = ['1', '2', '3'].map(id => socket(id))
  for (const connection of connections) roster.add(connection)
  const seen = []
  for (const connection of roster.of('u:bob')) {
    roster.remove(connection)
    seen.push(connection.id)
  }
  t.same(seen, ['1', '2', '3'])
})

test('they are counted by their encodings', async t => {
  const roster = new Roster()
  const [one, two] = [socket('1'), socket('2')]
  const { connection: stream, wire } = recorded({ ...bob, id: 'alice' })
  const encoding = { ...one.wire.encoding, name: 'another' }
  wire.encoding = encoding
  for (const connection of [one, two, stream]) roster.add(connection)
  t.same([roster.countOf(one.wire.encoding), roster.countOf(encoding)], [2, 1])
  for (const connection of [one, one, stream, stream]) roster.remove(connection)
  t.same([roster.countOf(one.wire.encoding), roster.countOf(encoding)], [1, 0])
})
