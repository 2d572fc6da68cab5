import Fastify from 'fastify'
import { test } from 'tap'
import { ConfigError, loadConfig } from '../src/config.ts'

test('without an environment the defaults are those of the contract', async t => {
  t.same(loadConfig({}), {
    HOST: '127.0.0.1',
    PORT: 8000,
    DATABASE_URL: 'sqlite:./data/belfry.db',
    JWT_ISSUER: 'belfry',
    JWT_AUDIENCE: 'belfry',
    JWT_ROLE_CLAIM: 'role',
    JWT_COMPANY_CLAIM: 'company',
    ACCESS_TOKEN_TTL: 900,
    REFRESH_TOKEN_TTL: 1_209_600,
    SESSION_TTL: 7_776_000,
    ADMIN_USERNAME: 'admin',
    ALLOWED_ORIGINS: [],
    TRUST_PROXY: [],
    LOG_LEVEL: 'info',
    RETENTION_DAYS: 30,
    RATE_LIMIT: 600,
    KEY_RATE_LIMIT: 60_000,
    LOGIN_RATE_LIMIT: 10,
    MAX_CONNECTIONS: 50_000,
    MAX_CONNECTIONS_PER_USER: 20,
    MAX_SOCKET_BUFFER: 1_048_576,
    COMPRESSION: false,
    DRAIN_SECONDS: 10
  })
})

test('an empty value counts as absent, and what is no setting is ignored', async t => {
  t.same(loadConfig({ PORT: '', JWT_SECRET: '', PATH: '/bin', port: '1' }), loadConfig({}))
})

test('lists are taken apart, and origins written as browsers write them', async t => {
  const { ALLOWED_ORIGINS: origins, TRUST_PROXY: proxies } = loadConfig({
    ALLOWED_ORIGINS: 'https://App.Example.com , http://localhost:3000/, https://b.example:443',
    TRUST_PROXY: '10.0.0.0/8, ::1,fd00::/8 , 192.0.2.1'
  })
  t.same(origins, ['https://app.example.com', 'http://localhost:3000', 'https://b.example'])
  t.same(proxies, ['10.0.0.0/8', '::1', 'fd00::/8', '192.0.2.1'])
})

test('an entry of TRUST_PROXY that is accepted here is one that the server can be made with', async t => {
  for (const entry of ['10.0.0.0/8', '10.0.0.0/08', '1.2.3.4/32', '0.0.0.0/1', '::1', '::/1', '::ffff:10.0.0.1', '::ffff:10.0.0.0/104']) {
    const { TRUST_PROXY: trustProxy } = loadConfig({ TRUST_PROXY: entry })
    t.doesNotThrow(() => Fastify({ trustProxy }), entry)
  }
})

test('the public address has no slash at its end', async t => {
  t.equal(loadConfig({ PUBLIC_URL: 'https://Example.com' }).PUBLIC_URL, 'https://example.com')
  t.equal(loadConfig({ PUBLIC_URL: 'http://example.com:8080/a/belfry/' }).PUBLIC_URL, 'http://example.com:8080/a/belfry')
})

test('what cannot be used is refused by name', async t => {
  const bad: [string, string][] = [
    ['HOST', 'a b'], ['HOST', 'http://localhost'],
    ['PORT', '-1'], ['PORT', '65536'], ['PORT', '80a'], ['PORT', '1.5'],
    ['DATABASE_URL', 'belfry.db'], ['DATABASE_URL', 'sqlite:'],
    ['JWT_SECRET', 'é'.repeat(15)],
    ['ADMIN_USERNAME', 'a\nb'], ['ADMIN_PASSWORD', '1234567'],
    ['ALLOWED_ORIGINS', '*'], ['ALLOWED_ORIGINS', 'example.com'], ['ALLOWED_ORIGINS', 'ftp://example.com'],
    ['ALLOWED_ORIGINS', 'https://a.example,https://b.example/path'], ['ALLOWED_ORIGINS', 'https://me@a.example'], ['ALLOWED_ORIGINS', 'https://['],
    ['TRUST_PROXY', 'true'], ['TRUST_PROXY', '0.0.0.0/0'], ['TRUST_PROXY', '::/0'], ['TRUST_PROXY', 'fe80::1%eth0'], ['TRUST_PROXY', '10.0.0.0/00'], ['TRUST_PROXY', '10.0.0.0/33'], ['TRUST_PROXY', '999.0.0.1'], ['TRUST_PROXY', '::1/129'], ['TRUST_PROXY', '10.0.0.0/8/8'],
    ['PUBLIC_URL', 'example.com'], ['PUBLIC_URL', '/belfry'], ['PUBLIC_URL', 'ftp://example.com'], ['PUBLIC_URL', 'https://me@example.com'],
    ['PUBLIC_URL', 'https://example.com/?'], ['PUBLIC_URL', 'https://example.com/#x'],
    ['LOG_LEVEL', 'INFO'],
    ['ACCESS_TOKEN_TTL', '0'], ['MAX_SOCKET_BUFFER', '65535'], ['RATE_LIMIT', 'off'], ['COMPRESSION', 'gzip'], ['DRAIN_SECONDS', '-1']
  ]
  for (const [name, value] of bad) {
    t.throws(() => loadConfig({ [name]: value }), new ConfigError(), `${name}=${value}`)
    t.throws(() => loadConfig({ [name]: value }), { message: new RegExp(`^${name} must be [^\n]+$`) })
  }
})

test('everything that is wrong is said at once, whatever finds it', async t => {
  const bad = { PORT: 'http', JWT_SECRET: 'short', ALLOWED_ORIGINS: 'example.com', TRUST_PROXY: 'true', LOG_LEVEL: 'loud' }
  t.throws(() => loadConfig(bad), { message: /^PORT must .*; LOG_LEVEL must .*; JWT_SECRET must .*; ALLOWED_ORIGINS must .*; TRUST_PROXY must [^;]*$/ })
  t.throws(() => loadConfig({ DATABASE_URL: 'postgres://x', PORT: 'x' }), { message: /PORT must .*; JWT_SECRET must be given/ })
})

test('a secret counts in bytes', async t => {
  t.equal(loadConfig({ JWT_SECRET: 'é'.repeat(16) }).JWT_SECRET, 'é'.repeat(16))
})
