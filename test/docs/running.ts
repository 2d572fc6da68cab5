import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FrontName } from '../services/front.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/running.md'), 'utf8')
const [whole = '', underPath = ''] = page.split('\n## Behind a proxy\n')[1]!.split('\n## ')[0]!.split('\n### Under a path\n')

function blocks (section: string, name: FrontName): string[] {
  return [...section.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].filter(([, language]) => language === name).map(([, , text]) => text!)
}

/** The configuration that the page has for a proxy. */
export function configOf (name: FrontName): string {
  const [text, ...more] = blocks(whole, name)
  if (text === undefined || more.length > 0) throw new Error(`the page has ${1 + more.length} configurations for ${name}`)
  return text
}

/** The same under `/belfry`, as the page says it is to be changed. */
export function prefixedConfigOf (name: FrontName): string {
  const [first = '', second = ''] = blocks(underPath, name)
  switch (name) {
    case 'caddy': return first
    case 'nginx': return configOf(name).replace('server {\n', `${first}\nserver {\n`).replace(/ {2}location \/ \{\n.*\n/, second)
    case 'haproxy': return configOf(name).replace('  balance leastconn\n', `  balance leastconn\n${first}`)
    case 'apache': return configOf(name).replace(/ {2}ProxyPass .*\n/, first)
  }
}
