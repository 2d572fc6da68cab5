import { test } from 'tap'
import { Cohorts } from '../../src/hub/cohort.ts'
import { subscribe } from '../../src/hub/topics.ts'
import { recorded } from './recording.ts'

const alice = { id: 'alice', role: 'admin', company: 'a' }
const bob = { id: 'bob', role: 'user', company: 'a' }

/** The ids of the sockets under a key. */
const at = (cohorts: Cohorts, key: string) => [...cohorts.at(key)].flatMap(cohort => [...cohort.members()].map(({ id }) => id)).sort()

test('sockets of one company, role and filter share a cohort', async t => {
  const cohorts = new Cohorts()
  const join = (id: string, member: typeof bob, topics: string[] = ['*']) => {
    return cohorts.join(recorded(member, { id }).connection, member, subscribe(null, topics))
  }
  const first = join('1', bob)
  t.equal(join('2', { ...bob, id: 'ben' }), first)
  t.not(join('3', alice), first, 'another role')
  t.not(join('4', { ...bob, company: 'b' }), first, 'another company')
  t.not(join('5', bob, ['x']), first, 'another filter')
  t.equal(join('6', bob, ['x', 'y']), join('7', bob, ['y', 'x']), 'the order of topics does not count')
  t.equal(first.size, 2)
})

test('names that look alike when put together are different cohorts', async t => {
  const cohorts = new Cohorts()
  const join = (role: string, company: string | null) => cohorts.join(recorded(bob).connection, { id: 'x', role, company }, null).name
  const names = [join('a', 'b/c'), join('a/b', 'c'), join('b","c', 'a'), join('null', null), join('null', 'null'), join('', '')]
  t.equal(new Set(names).size, names.length)
})

test('a cohort is found under the keys of its company and role until its last socket leaves', async t => {
  const cohorts = new Cohorts()
  const one = recorded(bob, { id: '1' }).connection
  const two = recorded(bob, { id: '2' }).connection
  const cohort = cohorts.join(one, bob, null)
  cohorts.join(two, bob, null)
  cohorts.join(recorded(alice, { id: '3' }).connection, alice, null)
  t.same(at(cohorts, 'all'), ['1', '2', '3'])
  t.same(at(cohorts, 'c:a'), ['1', '2', '3'])
  t.same(at(cohorts, 'r:user'), ['1', '2'])
  t.same(at(cohorts, 'cr:a/user'), ['1', '2'])
  t.same(at(cohorts, 'cr:b/user'), [])
  t.same(at(cohorts, 'u:bob'), [], 'a user\'s own key addresses no cohort')
  cohorts.leave(one, cohort)
  t.same(at(cohorts, 'cr:a/user'), ['2'])
  cohorts.leave(two, cohort)
  t.same(at(cohorts, 'cr:a/user'), [])
  t.same(at(cohorts, 'all'), ['3'])
})
