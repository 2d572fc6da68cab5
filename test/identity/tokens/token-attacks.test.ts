import { generateKeyPairSync } from 'node:crypto'
import { test } from 'tap'
import { build, call, listen, mint, people, refusal, SECRET, Subscriber } from '../../helper.ts'
import { as, bearing, enrol, login, makeKey } from '../../security/accounts.ts'
import { claims, encode, forge, signWith } from './forge.ts'
import { Issuer, newKey, signed } from './issuer.ts'

test('what is no access token is a 401, whoever signed it', async t => {
  const issuer = await Issuer.open(t)
  const evil = await Issuer.open(t)
  const rsa = newKey('RS256', 'rsa')
  const stranger = newKey('RS256', 'rsa')
  issuer.keys = [rsa.jwk]
  evil.keys = [stranger.jwk]
  const app = await build(t, { JWKS_URL: issuer.url })
  const base = await listen(app)
  await enrol(app, { id: 'bob', company: 'company_a' })
  const session = await login(app, 'bob')
  const ticket = (await call(app, people.bob, 'POST', '/api/auth/ticket')).body.ticket
  const key = await makeKey(app, 'k', ['send:all'])

  const now = Math.floor(Date.now() / 1000)
  const pem = rsa.publicKey.export({ type: 'spki', format: 'pem' }) as string
  const pkcs1 = rsa.publicKey.export({ type: 'pkcs1', format: 'pem' }) as string
  const der = rsa.publicKey.export({ type: 'spki', format: 'der' })
  const without = (name: string) => {
    const { [name]: _, ...rest } = claims()
    return rest
  }
  const good = forge(claims())
  const [header, payload, signature] = good.split('.') as [string, string, string]
  const unsigned = (alg: unknown) => `${encode({ alg, typ: 'JWT' })}.${payload}.`
  const hmac = (secret: string | Buffer, extra = {}) => forge(claims(), { kid: 'rsa', ...extra }, secret)

  const attacks: Record<string, string> = {
    'a subject of invalid UTF-8': forge(Buffer.from(JSON.stringify(claims({ sub: '\xff\xfe' })), 'latin1')),
    'a subject of overlong UTF-8': forge(Buffer.from(JSON.stringify(claims({ sub: '\xc0\xaf' })), 'latin1')),
    'alg none': unsigned('none'),
    'alg nOnE': unsigned('nOnE'),
    'alg none with the signature of a good token': `${encode({ alg: 'none' })}.${payload}.${signature}`,
    'alg empty': unsigned(''),
    'alg missing': unsigned(undefined),
    'alg null': unsigned(null),
    'alg a list': unsigned(['HS256']),
    'no signature': `${header}.${payload}.`,
    'a changed signature': `${header}.${payload}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`,
    'a changed payload': `${header}.${encode(claims({ role: 'admin' }))}.${signature}`,
    'another secret': forge(claims(), {}, 'another-secret-of-at-least-32-bytes!'),
    'an empty secret': forge(claims(), {}, ''),
    'HS384 with the right secret': forge(claims(), { alg: 'HS384' }),
    'HS512 with the right secret': forge(claims(), { alg: 'HS512' }),
    'HS256 with the public key (PEM)': hmac(pem),
    'HS256 with the public key (PEM, trimmed)': hmac(pem.trim()),
    'HS256 with the public key (PKCS#1)': hmac(pkcs1),
    'HS256 with the public key (DER)': hmac(der),
    'HS256 with the public key (prefixed PEM)': hmac(`\n ${pem}`),
    'HS256 with the public key (JWK)': hmac(JSON.stringify(rsa.jwk)),
    'HS256 with the modulus': hmac(Buffer.from(String(rsa.jwk['n']), 'base64url')),
    'RS512 with the RS256 key': signWith(rsa.privateKey, 'RS512', claims(), { kid: 'rsa' }),
    'PS256 with the RS256 key': signWith(rsa.privateKey, 'PS256', claims(), { kid: 'rsa' }),
    'RS256 said of an HMAC': hmac(SECRET, { alg: 'RS256' }),
    'RS256 by a stranger under a known kid': signed(stranger, claims()),
    'RS256 by a key of its own header (jwk)': signed(stranger, claims(), { jwk: stranger.jwk }),
    'RS256 by a key behind its own jku': signed(stranger, claims(), { jku: evil.url }),
    'RS256 by a key behind its own jku, unknown kid': signed(stranger, claims(), { jku: evil.url, kid: 'evil' }),
    'RS256 by a key behind its own x5u': signed(stranger, claims(), { x5u: evil.url, kid: 'evil' }),
    'RS256 by a certificate of its own (x5c)': signed(stranger, claims(), { x5c: [stranger.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')] }),
    'a kid that is a path': forge(claims(), { alg: 'RS256', kid: '../../../../dev/null' }, ''),
    'a kid that is SQL': forge(claims(), { alg: 'RS256', kid: "' OR 1=1 --" }),
    'crit unknown': forge(claims(), { crit: ['exp'], exp: now }),
    'crit b64': forge(claims(), { crit: ['b64'], b64: true }),
    'crit empty': forge(claims(), { crit: [] }),
    'crit null': forge(claims(), { crit: null }),
    'typ of a refresh token': forge(claims(), { typ: 'refresh+jwt' }),
    'typ of a logout token': forge(claims(), { typ: 'logout+jwt' }),
    'typ no text': forge(claims(), { typ: { jwt: true } }),
    'exp missing': forge(without('exp')),
    'exp past': forge(claims({ exp: now - 1 })),
    'exp zero': forge(claims({ exp: 0 })),
    'exp text': forge(claims({ exp: String(now + 900) })),
    'exp null': forge(claims({ exp: null })),
    'exp a list': forge(claims({ exp: [now + 900] })),
    'exp infinite': forge(JSON.stringify(claims({ exp: 1 })).replace(/"exp":1/, '"exp":1e999')),
    'exp past the end of time': forge(claims({ exp: 1e300 })),
    'nbf in the future': forge(claims({ nbf: now + 120 })),
    'nbf text': forge(claims({ nbf: 'soon' })),
    'iat missing': forge(without('iat')),
    'iat in the future': forge(claims({ iat: now + 120 })),
    'iat negative': forge(claims({ iat: -1e300 })),
    'iat text': forge(claims({ iat: 'now' })),
    'iss missing': forge(without('iss')),
    'iss wrong': forge(claims({ iss: 'evil' })),
    'iss that begins well': forge(claims({ iss: 'belfry.evil' })),
    'iss a list': forge(claims({ iss: ['belfry'] })),
    'aud missing': forge(without('aud')),
    'aud wrong': forge(claims({ aud: 'other' })),
    'aud a list of others': forge(claims({ aud: ['other', 'belfry2'] })),
    'aud null': forge(claims({ aud: null })),
    'sub missing': forge(without('sub')),
    'sub a number': forge(claims({ sub: 7 })),
    'sub a list': forge(claims({ sub: ['bob'] })),
    'sub an object': forge(claims({ sub: { id: 'bob' } })),
    'sub empty': forge(claims({ sub: '' })),
    'sub that URLs fold': forge(claims({ sub: '..' })),
    'sub with a direction': forge(claims({ sub: '\u202etoor' })),
    'sub too long': forge(claims({ sub: 'b'.repeat(256) })),
    'role missing': forge(without('role')),
    'role an empty list': forge(claims({ role: [] })),
    'role a list of lists': forge(claims({ role: [['admin']] })),
    'role with NUL': forge(claims({ role: 'admin\u0000' })),
    'company a number': forge(claims({ company: 1 })),
    'company a list': forge(claims({ company: ['company_a'] })),
    'sid of no session': forge(claims({ sid: 'never-opened' })),
    'sid a number': forge(claims({ sid: 1 })),
    'payload a list': forge([claims()]),
    'payload text': forge('"bob"'),
    'payload null': forge('null'),
    'payload no JSON': forge('bob'),
    'payload empty': forge(''),
    'header a list': `${encode([{ alg: 'HS256' }])}.${payload}.${signature}`,
    'header null': `${encode('null')}.${payload}.${signature}`,
    'header no JSON': `${encode('x')}.${payload}.${signature}`,
    'no dots': good.replaceAll('.', ''),
    'one dot': `${header}.${payload}`,
    'a leading dot': `.${good}`,
    'a trailing dot': `${good}.`,
    'two dots together': `${header}..${payload}.${signature}`,
    'four parts': `${good}.${signature}`,
    'five parts, as encrypted': `${header}.${payload}.${signature}.${payload}.${signature}`,
    'only dots': '..',
    'padding in a part': `${header}=.${payload}.${signature}`,
    'another alphabet': `${header}.${payload}.${signature}+/`,
    'no base64 at all': `${header}.${payload}.€€€`,
    'a megabyte': forge(claims({ padding: 'x'.repeat(1 << 20) })),
    'a little too long': forge(claims({ padding: 'x'.repeat(8192) })),
    'a refresh token': session.refresh_token,
    'a ticket': ticket,
    'an API key without its prefix': key.slice(4),
    'an API key with a dot': `${key}.`,
    'a username': 'bob',
    'a hash': 'X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE'
  }

  const before = await app.store.head()
  t.equal((await as(app, signed({ ...stranger, kid: 'unknown' }, claims()), 'GET', '/api/auth/me')).status, 401, 'a kid that the issuer was asked for')
  for (const [about, token] of Object.entries(attacks)) {
    const { status, body, headers } = await as(app, token, 'GET', '/api/auth/me')
    // For another the issuer was just asked; until it may be asked again, it could have a new key.
    const expected = / unknown kid| own x5u|kid that is/.test(about) ? { status: 503, code: 'BLF_UNAVAILABLE' } : { status: 401, code: 'BLF_UNAUTHENTICATED' }
    t.match({ status, code: body?.code, type: headers['content-type'] }, { ...expected, type: /problem\+json/ }, about)
  }
  t.equal(await app.store.head(), before, 'none of them made or moved a user')
  t.equal(evil.requests, 0, 'no address of a token\'s own was asked')
  t.equal((await as(app, good, 'GET', '/api/auth/me')).status, 200, 'the good one is good')
  t.equal((await as(app, signed(rsa, claims()), 'GET', '/api/auth/me')).status, 200)
  t.comment(`${Object.keys(attacks).length} token attacks, none let in`)

  t.test('the same at a socket: 401 before the upgrade, 4401 in the first frame', async t => {
    const url = `${base}/ws/notifications`
    // One header line of Node's takes 16 KiB.
    const few = Object.entries(attacks).filter(([about]) => /alg none$|public key \(PEM\)|exp past$|jku$|refresh|a ticket|payload a list|sub a number/.test(about))
    for (const [about, token] of few) {
      if (about !== 'a ticket') t.equal((await refusal(url, { headers: bearing(token) })).status, 401, about)
      const socket = new Subscriber(url)
      t.teardown(() => socket.close())
      socket.socket.once('open', () => socket.send({ id: '1', type: 'auth', payload: { token } }))
      t.match(await socket.next('error'), { reply_to: '1', payload: { code: 'BLF_UNAUTHENTICATED' } }, about)
      t.equal((await socket.closed).code, 4401, about)
    }
    t.equal((await refusal(url, { headers: { authorization: 'Basic Ym9iOmJvYg==' } })).status, 401, 'another scheme is no absent one')
    t.equal((await refusal(url, { headers: { authorization: 'Bearer' } })).status, 401)
  })

  t.test('credentials elsewhere than in the header are none', async t => {
    const token = mint(people.bob)
    for (const url of [`/api/auth/me?access_token=${token}`, `/api/auth/me?token=${token}`, `/api/auth/me?authorization=Bearer%20${token}`]) {
      t.equal((await call(app, null, 'GET', url)).status, 401)
    }
    t.equal((await call(app, null, 'GET', '/api/auth/me', undefined, { cookie: `token=${token}; access_token=${token}` })).status, 401)
    t.equal((await refusal(`${base}/ws/notifications?ticket=${token}`)).status, 401)
  })

  t.test('a key that an operator must not use as a secret stops the start', async t => {
    const { publicKey } = generateKeyPairSync('ed25519')
    const bad = [pem, ` ${pem}`, publicKey.export({ type: 'spki', format: 'pem' }) as string, JSON.stringify(rsa.jwk)]
    for (const JWT_SECRET of bad) await t.rejects(build(t, { JWT_SECRET }), { message: /^JWT_SECRET must be random bytes/ })
  })
})
