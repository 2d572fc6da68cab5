import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import process from 'node:process'
import { clients } from './clients/clients.ts'
import { reconnect } from './clients/reconnect.ts'
import { recovery } from './clients/recovery.ts'
import { canPin } from './lib/child.ts'
import { toMarkdown, type Section } from './lib/report.ts'
import { readOptions, type Options } from './options.ts'
import { start } from './operations/start.ts'
import { overview } from './operations/overview.ts'
import { push } from './outbound/push.ts'
import { webhooks } from './outbound/webhooks.ts'
import { acks } from './receipts/acks.ts'
import { reports } from './receipts/reports.ts'
import { batch } from './scenarios/batch.ts'
import { compression } from './scenarios/compression.ts'
import { connections } from './scenarios/connections.ts'
import { fanOut } from './scenarios/fan-out.ts'
import { filters } from './scenarios/filters.ts'
import { growth } from './scenarios/growth.ts'
import { groups } from './scenarios/groups.ts'
import { inbox } from './clients/inbox.ts'
import { nodes } from './scenarios/nodes.ts'
import { schedule } from './scenarios/schedule.ts'
import { send } from './scenarios/send.ts'
import { slowReaders } from './scenarios/slow-readers.ts'
import { storm } from './scenarios/storm.ts'
import { streams } from './scenarios/streams.ts'
import { targeting } from './scenarios/targeting.ts'

const scenarios: Record<string, (options: Options) => Promise<Section>> = {
  'fan-out': fanOut, send, schedule, batch, targeting, groups, connections, growth, filters, reports, acks, storm, 'slow-readers': slowReaders, compression, streams, nodes, clients, reconnect, recovery, inbox, overview, push, webhooks, start
}

const options = readOptions(process.argv.slice(2))
const machine = {
  cpu: cpus()[0]!.model,
  cores: cpus().length,
  node: process.version,
  pinned: canPin,
  date: new Date().toISOString().slice(0, 10),
  command: ['npm run bench', ...process.argv.slice(2)].join(' ')
}
console.log(`${machine.cores} × ${machine.cpu}, Node ${machine.node}, ${machine.date}, ${canPin ? 'server and load on a core each' : 'not pinned'}\n`)
const sections: Section[] = []
for (const [name, scenario] of Object.entries(scenarios)) {
  if (options.only.length > 0 && !options.only.includes(name)) continue
  const section = await scenario(options)
  sections.push(section)
  console.log(toMarkdown(section))
}
writeFileSync(options.json, JSON.stringify({ machine, sections }, null, 2))
