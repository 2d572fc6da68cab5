import process from 'node:process'
import { main } from '../../src/cli/main.ts'
import type { Ran } from './command.ts'

// Runs the commands of its argument one after another, and prints what each printed and how it ended.

const ran: Ran[] = []
const write = process.stdout.write.bind(process.stdout)
for (const args of JSON.parse(process.argv[2]!) as string[][]) {
  const said = { out: '', err: '' }
  process.stdout.write = text => { said.out += String(text); return true }
  process.stderr.write = text => { said.err += String(text); return true }
  process.exitCode = 0
  await main(args)
  ran.push({ code: Number(process.exitCode), out: said.out.trimEnd(), err: said.err.trimEnd() })
}
process.exitCode = 0
write(JSON.stringify(ran))
