import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import type { Test } from 'tap'
import { ask } from './asking.ts'
import { install, missing, serve, stop } from './process.ts'

/** The proxies that `docs/running.md` has a configuration for. */
export const fronts = ['caddy', 'nginx', 'haproxy', 'apache'] as const
export type FrontName = typeof fronts[number]

const TLS = join(import.meta.dirname, '../bus/tls')
const CERTIFICATE = join(TLS, 'cert.pem')
const KEY = join(TLS, 'key.pem')

const APACHE_MODULES = [
  'mpm_event', 'authz_core', 'alias', 'headers', 'socache_shmcb', 'ssl', 'slotmem_shm',
  'proxy', 'proxy_http', 'proxy_balancer', 'lbmethod_bybusyness', 'proxy_hcheck'
]

interface Kind {
  binary: string
  package: string
  signal: 'TERM' | 'QUIT'
  /** A whole configuration around what the page says, for a folder and a port. */
  config: (text: string, home: string, port: number) => string
  command: (config: string, home: string) => [string, ...string[]]
}

const isRoot = process.getuid?.() === 0

const kinds: Record<FrontName, Kind> = {
  caddy: {
    binary: '/usr/bin/caddy',
    package: 'caddy',
    signal: 'TERM',
    config: (text, home, port) => `{\n  admin off\n  auto_https disable_redirects\n  storage file_system ${home}\n}\n` +
      text.replace(/^\S*example\.com \{/m, `https://127.0.0.1:${port} {\n  tls ${CERTIFICATE} ${KEY}`),
    command: (config, home) => ['/usr/bin/env', `HOME=${home}`, '/usr/bin/caddy', 'run', '--adapter', 'caddyfile', '--config', config]
  },
  nginx: {
    binary: '/usr/sbin/nginx',
    package: 'nginx',
    signal: 'QUIT',
    config: (text, home, port) => `${isRoot ? 'user root;\n' : ''}daemon off;\nworker_shutdown_timeout 200ms;\npid ${home}/pid;\nerror_log ${home}/log;\nevents {}\nhttp {\naccess_log off;\n` +
      ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(name => `${name}_temp_path ${home}/${name};\n`).join('') +
      text.replace('listen 443 ssl', `listen 127.0.0.1:${port} ssl`).replace('/etc/ssl/notifications.pem', CERTIFICATE).replace('/etc/ssl/notifications.key', KEY) + '}\n',
    command: (config, home) => ['/usr/sbin/nginx', '-e', `${home}/log`, '-p', home, '-c', config]
  },
  haproxy: {
    binary: '/usr/sbin/haproxy',
    package: 'haproxy',
    signal: 'TERM',
    config: (text, home, port) => {
      writeFileSync(join(home, 'both.pem'), readFileSync(CERTIFICATE, 'utf8') + readFileSync(KEY, 'utf8'))
      return text.replace('bind :443', `bind 127.0.0.1:${port}`).replace('/etc/ssl/notifications-with-key.pem', join(home, 'both.pem'))
    },
    command: config => ['/usr/sbin/haproxy', '-db', '-f', config]
  },
  apache: {
    binary: '/usr/sbin/apache2',
    package: 'apache2',
    signal: 'TERM',
    config: (text, home, port) => `ServerRoot ${home}\nServerName localhost\nPidFile ${home}/pid\nErrorLog ${home}/log\nDefaultRuntimeDir ${home}\nListen 127.0.0.1:${port}\n` +
      (isRoot ? 'User www-data\nGroup www-data\n' : '') +
      APACHE_MODULES.map(name => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so\n`).join('') +
      text.replace('*:443', `*:${port}`).replace('/etc/ssl/notifications.pem', CERTIFICATE).replace('/etc/ssl/notifications.key', KEY),
    command: config => ['/usr/sbin/apache2', '-D', 'FOREGROUND', '-f', config]
  }
}

/** Whether a proxy is here, installed if that can be done; says so if it is not. */
export function hasFront (t: Test, name: FrontName): boolean {
  const { binary, package: debian } = kinds[name]
  if (!existsSync(binary)) install(debian)
  if (!existsSync(binary)) missing(t, name, 'PATH')
  return existsSync(binary)
}

/**
 * Runs a proxy with a configuration of the page, before these ports of this machine in the place of
 * the page's addresses; ended with the test. It listens on `port`, with TLS unless the configuration was changed to `http`.
 * nginx can be told to `reload`: it starts new workers, and the old ones cut their connections and end.
 */
export async function front (t: Test, name: FrontName, text: string, nodes: number[], port: number, scheme = 'https'): Promise<{ reload: () => void }> {
  const kind = kinds[name]
  const home = mkdtempSync(join(tmpdir(), `belfry-${name}-`))
  t.teardown(() => rmSync(home, { recursive: true, force: true }))
  const local = nodes.reduce((text, node, index) => text.replaceAll(`10.0.0.${index + 1}:8000`, `127.0.0.1:${node}`), text)
  const config = join(home, 'config')
  writeFileSync(config, kind.config(local, home, port))
  const [command, ...args] = kind.command(config, home)
  const server = await serve(command, args, { cwd: home, signal: kind.signal, answers: () => ask(`${scheme}://127.0.0.1:${port}`) })
  t.teardown(() => stop(server))
  return { reload: () => { process.kill(Number(readFileSync(join(home, 'pid'), 'utf8')), 'SIGHUP') } }
}
