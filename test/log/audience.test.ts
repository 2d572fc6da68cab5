import t from 'tap'
import { addresseesOf, type Audience, audienceKey, audienceOf, excludes, groupOfKey, keysOfAudience, keysOfCohort, type Membership } from '../../src/log/audience.ts'
import { random } from '../random.ts'

const ODD = ['a', 'A', 'a b', 'a/b', 'a%2Fb', '%', ':', 'c:a', 'é', '🙂', '', 'all', 'a,b', '__proto__']

/** The five keys of a principal. */
const keysOf = (member: Membership) => [audienceKey.user(member.id), ...keysOfCohort(member)]

/** What an audience means, said without keys. */
function addresses ({ users, companies, roles }: Audience, { id, role, company }: Membership): boolean {
  if (users) return users.includes(id)
  return (!companies || (company !== null && companies.includes(company))) && (!roles || roles.includes(role))
}

t.test('keys of an audience', async t => {
  t.same(keysOfAudience({}), ['all'])
  t.same(keysOfAudience({ all: true }), ['all'])
  t.same(keysOfAudience({ users: ['alice', 'bob'] }), ['u:alice', 'u:bob'])
  t.same(keysOfAudience({ companies: ['a', 'b'] }), ['c:a', 'c:b'])
  t.same(keysOfAudience({ roles: ['admin'] }), ['r:admin'])
  t.same(keysOfAudience({ companies: ['a', 'b'], roles: ['x', 'y'] }), ['cr:a/x', 'cr:a/y', 'cr:b/x', 'cr:b/y'])
  t.same(keysOfAudience({ users: ['bob', 'bob'] }), ['u:bob'], 'each once')
})

t.test('keys of a cohort', async t => {
  t.same(keysOfCohort({ role: 'user', company: 'a' }), ['all', 'r:user', 'c:a', 'cr:a/user'])
  t.same(keysOfCohort({ role: 'admin', company: null }), ['all', 'r:admin'])
})

t.test('different names never share a key', async t => {
  const keys = [
    ...ODD.flatMap(name => [audienceKey.company(name), audienceKey.role(name), audienceKey.user(name)]),
    ...ODD.flatMap(company => ODD.map(role => audienceKey.companyRole(company, role))),
    audienceKey.all
  ]
  t.equal(new Set(keys).size, keys.length)
})

t.test('an audience meets a principal under exactly one key or none, as its words say', async t => {
  for (let seed = 1; seed <= 300; seed++) {
    const { pick, some, integer } = random(seed)
    const audience = pick<() => Audience>([
      () => ({ all: true }),
      () => ({}),
      () => ({ users: some(ODD) }),
      () => ({ companies: some(ODD) }),
      () => ({ roles: some(ODD) }),
      () => ({ companies: some(ODD), roles: some(ODD) })
    ])()
    const member = { id: pick(ODD), role: pick(ODD), company: integer(3) === 0 ? null : pick(ODD) }
    const keys = keysOfAudience(audience)
    const shared = keysOf(member).filter(key => keys.includes(key))
    t.equal(shared.length, addresses(audience, member) ? 1 : 0, `seed ${seed}`)
  }
})

t.test('keys of groups, and of those who are excluded', async t => {
  t.same(keysOfAudience({ groups: ['a/b', 'x', 'x'], company: 'c%' }), ['g:c%25/a%2Fb', 'g:c%25/x'])
  t.same(keysOfAudience({ groups: ['x'] }), ['g:/x'])
  for (const company of [null, ...ODD.filter(name => name !== '')]) for (const group of ODD) t.same(groupOfKey(audienceKey.group({ company, group })), { company, group })
  t.same(keysOfAudience({ companies: ['a'], not: { users: ['bob', 'bob', 'a/b'] } }), ['c:a', '!u:bob', '!u:a%2Fb'])
  t.same(keysOfAudience({ users: ['bob', 'ann'], not: { users: ['bob'] } }), ['u:ann', '!u:bob'])
  t.same(addresseesOf(['u:ann', '!u:bob']), { users: ['ann'] })
  t.same(addresseesOf(['!u:bob']), { users: [] }, 'nobody, and not everybody')
  t.same([addresseesOf(['g:a/x', 'g:a/y']), addresseesOf(['g:/x']), addresseesOf(['all', '!u:bob'])], [{ companies: ['a', 'a'] }, {}, {}])
  t.ok(excludes(['c:a', '!u:bob'], 'u:bob'))
  t.notOk(excludes(['c:a', '!u:bob'], 'u:ann') || excludes(['c:a', 'u:bob'], 'u:bob'))
})

t.test('keys say what the audience was', async t => {
  const audiences: Audience[] = [
    { all: true }, { users: ['bob', 'ann'] }, { companies: ['a'], roles: ['user', 'x'] }, { groups: ['a/b', 'x'], company: 'c%' }, { groups: ['x'] }, { roles: ['user'], not: { users: ['bob', 'a/b'] } }
  ]
  for (const audience of audiences) t.same(audienceOf(keysOfAudience(audience)), audience)
})
