import t from 'tap'
import { audienceKey, keysOfAudience, keysOfCohort, type Audience, type Membership } from '../../src/log/audience.ts'
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
