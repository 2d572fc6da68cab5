import { test } from 'tap'
import { Settings } from '../../src/config.ts'
import { distance, misspelt } from '../../src/process/misspelt.ts'
import { newFolder, run } from '../e2e/process.ts'

const settings = Object.keys(Settings.properties)
const meant = (name: string) => misspelt({ [name]: 'x' }, settings)[0]?.meant

test('one or two letters off a setting', async t => {
  const slips = {
    PROT: 'PORT',
    DATABSE_URL: 'DATABASE_URL',
    DATABASE_URI: 'DATABASE_URL',
    REDIS_URI: 'REDIS_URL',
    JWT_SECERT: 'JWT_SECRET',
    LOGLEVEL: 'LOG_LEVEL',
    ALLOWED_ORIGIN: 'ALLOWED_ORIGINS',
    TRUSTED_PROXY: 'TRUST_PROXY',
    RATE_LIMITS: 'RATE_LIMIT'
  }
  for (const [name, setting] of Object.entries(slips)) t.equal(meant(name), setting, name)
})

test('variables of other programs are left alone', async t => {
  const usual = ['HOSTNAME', 'HOME', 'PATH', 'PWD', 'SHELL', 'TERM', 'USER', 'LANG', 'NODE_ENV', 'TZ', 'PORT_HTTP', 'REDIS_PORT', 'DATABASE_USER', 'POSTGRES_URL', 'LOGNAME', 'JWT_TOKEN', 'CI']
  for (const name of [...usual, ...settings]) t.equal(meant(name), undefined, name)
})

test('distances', async t => {
  t.same([distance('', 'abc'), distance('abc', 'abc'), distance('abc', 'acb'), distance('abc', 'ab'), distance('kitten', 'sitting')], [3, 0, 1, 1, 3])
})

test('a start says so, and which setting it takes to be meant', async t => {
  const { code, err } = await run(t, { folder: await newFolder(t), env: { LOG_LEVLE: 'debug', MAX_CONNECTION: '5', PORT: 'http', HOST: 'a b' } })
  t.equal(code, 1)
  t.same(err.slice(0, 2), [
    'belfry: warning: LOG_LEVLE is not a setting and is ignored; did you mean LOG_LEVEL?',
    'belfry: warning: MAX_CONNECTION is not a setting and is ignored; did you mean MAX_CONNECTIONS?'
  ])
  t.match(err[2], /HOST must be .*; PORT must be /, 'two bad settings are both said')
})
