import { openStore } from '../../../src/store/open.ts'
import { draft, upTo } from '../../contract/store/engine.ts'

/**
 * A process of its own that appends to a store, eight at a time and without end. It prints a line
 * for every acknowledged notification, and one for the first write that fails; then it waits.
 */
const say = (line: string) => { process.stdout.write(`${line}\n`) }

// With a handler, a write past the limit on a file's size fails instead of ending the process.
process.on('SIGXFSZ', () => {})

try {
  const store = await openStore(process.argv[2]!)
  say('open')
  await Promise.all(upTo(8).map(async writer => {
    for (let write = 1; ; write++) {
      const { id, seq } = await store.notify(draft({ all: true }, { id: `${writer}.${write}` }))
      say(`${seq} ${id}`)
    }
  })).catch(error => { say(`failed ${(error as { code: string }).code}`) })
  process.stdin.resume()
} catch (error) {
  say(`refused ${(error as Error).message}`)
}
