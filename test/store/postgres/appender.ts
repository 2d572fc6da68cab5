import process from 'node:process'
import { openStore } from '../../../src/store/open.ts'
import { draft, upTo } from '../../contract/store/engine.ts'

/**
 * A node's worth of appenders in a process of its own: node postgres-appender.ts <url> <name> <appenders>.
 * Prints a line for every acknowledged notification, and ends in order when its input ends.
 */
const [url, name, appenders] = process.argv.slice(2) as [string, string, string]
const store = await openStore(url, { readers: 1 })
const over = new AbortController()
process.stdin.on('end', () => over.abort()).resume()
await Promise.all(upTo(Number(appenders)).map(async appender => {
  for (let write = 1; !over.signal.aborted; write++) {
    const { id, seq } = await store.notify(draft({ users: [name] }, { id: `${name}.${appender}.${write}` }))
    process.stdout.write(`${seq} ${id}\n`)
  }
}))
await store.close()
