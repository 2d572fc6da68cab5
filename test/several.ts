import { resolve } from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import t from 'tap'

/** Runs the test files named in this process, one after the other; a comment says where each begins. */

const LOOK_MS = 5

// What a file tears down at its end is not to wait for the last one's; and the root, given anything to tear down, would end when it is idle for a moment.
const teardowns: Array<() => unknown> = []
t.teardown = handler => { teardowns.push(handler) }

for (const file of process.argv.slice(2)) {
  t.comment(`begins ${file}`)
  await import(pathToFileURL(resolve(file)).href)
  while (!t.idle) await sleep(LOOK_MS)
  for (const teardown of teardowns.splice(0).reverse()) await teardown()
}
