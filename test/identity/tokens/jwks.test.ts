import { test, type Test } from 'tap'
import { Jwks } from '../../../src/identity/tokens/jwks.ts'
import { TokenVerifier } from '../../../src/identity/tokens/tokens.ts'
import { build, call, listen, mint, people, refusal } from '../../helper.ts'
import { as, bearing, open } from '../../security/accounts.ts'
import { claims, signWith } from './forge.ts'
import { Issuer, newKey, signed, type Alg } from './issuer.ts'

const ALGORITHMS: Alg[] = ['RS256', 'ES256', 'EdDSA']
const names = { role: 'role', company: 'company', groups: 'groups', email: 'email' }

/** A verifier that trusts an issuer, on a clock that a test moves. */
function trusting (url: string, claimNames = names) {
  let now = 1_000_000
  let wall = 0
  const errors: unknown[] = []
  const jwks = new Jwks({ url, now: () => now, wall: () => now + wall, onError: error => errors.push(error) })
  const verifier = new TokenVerifier({ secret: 'nothing here is signed with this secret', issuer: 'belfry', audience: 'belfry', claims: claimNames, jwks })
  const outcome = async (token: string): Promise<string> => {
    return await verifier.verify(token).then(({ sub }) => sub, error => (error as { code?: string }).code ?? String(error))
  }
  return { verifier, outcome, errors, move: (seconds: number) => { now += seconds * 1000 }, step: (seconds: number) => { wall += seconds * 1000 } }
}

test('tokens of an issuer, on REST and sockets', async t => {
  const issuer = await Issuer.open(t)
  const keys = ALGORITHMS.map(alg => newKey(alg, `the-${alg}`))
  issuer.keys = keys.map(({ jwk }) => jwk)
  const app = await build(t, { JWKS_URL: issuer.url })
  const base = await listen(app)
  for (const key of keys) {
    const token = signed(key, claims({ sub: `user-of-${key.alg}` }))
    t.match(await as(app, token, 'GET', '/api/auth/me'), { status: 200, body: { id: `user-of-${key.alg}`, role: 'user', company: 'company_a' } })
    await open(t, base, token)
  }
  t.equal((await as(app, mint(people.bob), 'GET', '/api/auth/me')).status, 200, 'the shared secret is trusted too')
  t.equal(issuer.requests, 1)

  const [rsa] = keys
  const unknown = { ...newKey('RS256', 'unknown') }
  t.match(await as(app, signed(unknown, claims()), 'GET', '/api/auth/me'), { status: 503, body: { code: 'BLF_UNAVAILABLE' } }, 'the issuer was just asked')
  await issuer.close()
  t.equal((await as(app, signed(rsa!, claims()), 'GET', '/api/auth/me')).status, 200, 'known keys go on working while it is down')
  t.match(await as(app, signed(rsa!, claims({ sid: 'its-own-session' })), 'GET', '/api/auth/me'), { status: 200 }, 'its sessions are not ours')
})

test('an issuer that was never reached', async t => {
  const issuer = await Issuer.open(t)
  const key = newKey('ES256', 'k')
  const app = await build(t, { JWKS_URL: issuer.url })
  const base = await listen(app)
  await issuer.close()
  const answer = await as(app, signed(key, claims()), 'GET', '/api/auth/me')
  t.match(answer, { status: 503, body: { code: 'BLF_UNAVAILABLE' }, headers: { 'retry-after': /\d/ } })
  t.equal((await refusal(`${base}/ws/notifications`, { headers: bearing(signed(key, claims())) })).status, 503)
  t.equal((await call(app, people.bob, 'GET', '/api/auth/me')).status, 200)
})

test('answers that are no key set are an issuer that is down, not a fault', async t => {
  const key = newKey('ES256', 'k')
  const huge = JSON.stringify({ keys: [key.jwk], padding: 'x'.repeat(300_000) })
  const bad = [
    { status: 500, body: '{}' }, { status: 200, body: 'not JSON' }, { status: 200, body: '[]' }, { status: 200, body: 'null' },
    { status: 200, body: '{"keys":{}}' }, { status: 200, body: huge }, { status: 302, body: '', headers: { location: 'http://127.0.0.1:1/' } }
  ]
  for (const instead of bad) {
    const issuer = await Issuer.open(t)
    issuer.instead = instead
    const { outcome, errors } = trusting(issuer.url)
    t.equal(await outcome(signed(key, claims())), 'BLF_UNAVAILABLE', instead.body.slice(0, 20))
    t.equal(errors.length, 1)
  }
})

test('rotation: a new key works at once, one taken back is out, cached tokens too', async t => {
  const issuer = await Issuer.open(t)
  const [old, fresh] = [newKey('RS256', 'old'), newKey('RS256', 'fresh')]
  issuer.keys = [old.jwk]
  const { outcome, move } = trusting(issuer.url)
  const token = signed(old, claims())
  t.equal(await outcome(token), 'bob')
  issuer.keys = [old.jwk, fresh.jwk]
  move(10)
  t.equal(await outcome(signed(fresh, claims())), 'bob', 'not seen before: asked for')
  t.equal(await outcome(token), 'bob')
  issuer.keys = [fresh.jwk]
  move(300)
  await outcome(signed(newKey('RS256', 'any'), claims()))
  t.equal(await outcome(token), 'BLF_UNAUTHENTICATED')
  t.equal(await outcome(signed(fresh, claims())), 'bob')

  const impostor = newKey('RS256', 'fresh')
  issuer.keys = [impostor.jwk]
  move(300)
  await outcome(signed(newKey('RS256', 'any'), claims()))
  t.equal(await outcome(signed(fresh, claims())), 'BLF_UNAUTHENTICATED', 'the id now names another key')
  t.equal(await outcome(signed(impostor, claims())), 'bob')
})

test('unknown key ids do not hammer the issuer', async t => {
  const issuer = await Issuer.open(t)
  const key = newKey('EdDSA', 'k')
  issuer.keys = [key.jwk]
  const { outcome, move } = trusting(issuer.url)
  const unknown = (number: number) => outcome(signed({ ...key, kid: `unknown-${number}` }, claims()))
  t.same(new Set(await Promise.all(Array.from({ length: 100 }, (_, number) => unknown(number)))), new Set(['BLF_UNAUTHENTICATED']))
  t.equal(issuer.requests, 1)
  move(9.999)
  t.equal(await unknown(200), 'BLF_UNAVAILABLE', 'the issuer may have published it since it was asked')
  t.equal(issuer.requests, 1)
  move(0.001)
  t.equal(await unknown(201), 'BLF_UNAUTHENTICATED', 'asked for')
  t.equal(await unknown(202), 'BLF_UNAVAILABLE')
  t.equal(issuer.requests, 2)
  t.equal(await outcome(signed(key, claims())), 'bob')
})

test('while an issuer is down its keys work, unknown ones cannot be judged, and it is asked now and then', async t => {
  const issuer = await Issuer.open(t)
  const key = newKey('ES256', 'k')
  issuer.keys = [key.jwk]
  const { outcome, move, errors } = trusting(issuer.url)
  t.equal(await outcome(signed(key, claims())), 'bob')
  issuer.instead = { status: 503, body: '' }
  move(3000)
  t.equal(await outcome(signed(key, claims({ jti: '1' }))), 'bob')
  t.equal(await outcome(signed({ ...key, kid: 'new' }, claims())), 'BLF_UNAVAILABLE')
  t.equal(await outcome(signed({ ...key, kid: 'new' }, claims())), 'BLF_UNAVAILABLE')
  t.same([issuer.requests, errors.length], [2, 1])
  issuer.instead = undefined
  issuer.keys.push({ ...key.jwk, kid: 'new' })
  move(10)
  t.equal(await outcome(signed({ ...key, kid: 'new' }, claims())), 'bob')
})

test('whoever uses up the fetch does not keep an issuer\'s new key out', async t => {
  const issuer = await Issuer.open(t)
  const [old, fresh] = [newKey('ES256', 'old'), newKey('ES256', 'fresh')]
  issuer.keys = [old.jwk]
  const app = await build(t, { JWKS_URL: issuer.url })
  t.equal((await as(app, signed(old, claims()), 'GET', '/api/auth/me')).status, 200)
  issuer.keys.push(fresh.jwk)
  const answer = await as(app, signed(fresh, claims()), 'GET', '/api/auth/me')
  t.match(answer, { status: 503, body: { code: 'BLF_UNAVAILABLE' } }, 'no 401, which would end a client\'s session')
  t.match(Number(answer.headers['retry-after']), 10, 'come back when the issuer may be asked again')
})

test('the age of a set has an end: a key that was taken back is out after idle days, whatever the clock did', async t => {
  const issuer = await Issuer.open(t)
  const [old, kept] = [newKey('ES256', 'old'), newKey('ES256', 'kept')]
  const { outcome, move, step } = trusting(issuer.url)
  const both = () => { issuer.keys = [old.jwk, kept.jwk] }
  const takeBack = () => { issuer.keys = [kept.jwk] }
  for (const pass of [() => move(600), () => move(3 * 86_400), () => { move(10); step(3 * 86_400) }, () => { step(-86_400); move(600) }]) {
    both()
    move(300)
    await outcome(signed(newKey('ES256', 'any'), claims()))
    t.equal(await outcome(signed(old, claims())), 'bob')
    takeBack()
    pass()
    t.equal(await outcome(signed(old, claims())), 'BLF_UNAUTHENTICATED', 'the first token after the pause')
    t.equal(await outcome(signed(old, claims({ jti: '2' }))), 'BLF_UNAUTHENTICATED', 'known to be taken back: no need to ask again')
    t.equal(await outcome(signed(kept, claims())), 'bob')
  }
  issuer.instead = { status: 500, body: '' }
  move(3599)
  t.equal(await outcome(signed(kept, claims())), 'bob', 'an issuer that is down for less than an hour')
  move(10)
  t.equal(await outcome(signed(kept, claims())), 'BLF_UNAVAILABLE', 'and for more')
})

test('an empty set, or one of keys for others, does not take the place of good keys', async t => {
  const issuer = await Issuer.open(t)
  const key = newKey('ES256', 'k')
  issuer.keys = [key.jwk]
  const { outcome, move, errors } = trusting(issuer.url)
  t.equal(await outcome(signed(key, claims())), 'bob')
  for (const keys of [[], [{ kty: 'oct', kid: 'k', k: 'AAAA' }]]) {
    issuer.keys = keys
    move(300)
    t.equal(await outcome(signed({ ...key, kid: 'unknown' }, claims())), 'BLF_UNAVAILABLE')
    t.equal(await outcome(signed(key, claims())), 'bob')
  }
  t.match(errors, [/no usable key/, /no usable key/])
})

test('one algorithm a key, and only keys for signing', async t => {
  const issuer = await Issuer.open(t)
  const [rsa, ec] = [newKey('RS256', 'rsa'), newKey('ES256', 'ec')]
  const secret = Buffer.from('an-oct-key-that-an-issuer-should-never-publish')
  issuer.keys = [
    rsa.jwk, ec.jwk, null, 'x', {}, { kty: 'RSA', kid: 'broken', n: '!', e: 'AQAB' },
    { kty: 'oct', kid: 'oct', k: secret.toString('base64url'), alg: 'HS256' },
    { ...rsa.jwk, kid: 'pss', alg: 'PS256' }, { ...rsa.jwk, kid: 'enc', use: 'enc' }, { ...rsa.jwk, kid: 'ops', key_ops: ['encrypt'] },
    { ...rsa.jwk, kid: 7 }
  ]
  const { outcome, move } = trusting(issuer.url)
  t.equal(await outcome(signed(rsa, claims())), 'bob')
  t.equal(await outcome(signed(ec, claims())), 'bob')
  const refused = {
    'PS256 with the RS256 key': signWith(rsa.privateKey, 'PS256', claims(), { kid: 'rsa' }),
    'RS512 with the RS256 key': signWith(rsa.privateKey, 'RS512', claims(), { kid: 'rsa' }),
    'RS256 said, ES256 signed': signWith(ec.privateKey, 'ES256', claims(), { kid: 'ec', alg: 'RS256' }),
    'the key of another id': signed({ ...rsa, kid: 'ec' }, claims()),
    'a key for PS256': signed({ ...rsa, kid: 'pss' }, claims()),
    'a key for encryption': signed({ ...rsa, kid: 'enc' }, claims()),
    'a key for other operations': signed({ ...rsa, kid: 'ops' }, claims()),
    'no key id': signWith(rsa.privateKey, 'RS256', claims()),
    'a key id that is no text': signed(rsa, claims(), { kid: ['rsa'] }),
    'a key id of another object': signed(rsa, claims(), { kid: '__proto__' })
  }
  for (const [about, token] of Object.entries(refused)) {
    move(10)
    t.equal(await outcome(token), 'BLF_UNAUTHENTICATED', about)
  }
})

test('the claims of role and company have the names of the settings', async (t: Test) => {
  const issuer = await Issuer.open(t)
  const key = newKey('ES256', 'k')
  issuer.keys = [key.jwk]
  const { verifier, outcome } = trusting(issuer.url, { role: 'app.access.role', company: 'https://app.example/company', groups: 'groups', email: 'email' })
  const { role, company, ...bare } = claims()
  const token = signed(key, { ...bare, app: { access: { role: 'admin' } }, 'https://app.example/company': 'company_b' })
  t.match(await verifier.verify(token), { sub: 'bob', role: 'admin', company: 'company_b' })
  t.match(await verifier.verify(signed(key, { ...bare, 'app.access.role': 'user', company: 'ignored' })), { role: 'user', company: null })
  t.match(await verifier.verify(signed(key, { ...bare, app: { access: { role: ['user', 'admin'] } } })), { role: 'admin' }, 'of several roles')
  for (const app of [undefined, 'role', { access: 'role' }, { access: { role: [] } }, { access: { role: '' } }, { access: { role: null } }]) {
    t.equal(await outcome(signed(key, { ...bare, role: 'admin', app })), 'BLF_UNAUTHENTICATED', JSON.stringify(app))
  }
})
