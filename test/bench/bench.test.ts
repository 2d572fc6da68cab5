import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'
import { test } from 'tap'
import { folder } from '../folder.ts'

const run = promisify(execFile)
const bench = join(import.meta.dirname, 'run.ts')

test('the benchmarks run; what they measure is nobody\'s pass or fail', { skip: process.platform !== 'linux' && 'reads /proc' }, async t => {
  const json = join(folder(t), 'results.json')
  const { stdout } = await run(process.execPath, [bench, '--quick', '--json', json, 'send', 'streams'])
  const { machine, sections } = JSON.parse(readFileSync(json, 'utf8')) as {
    machine: { node: string }, sections: { title: string, rows: object[], goals: { value: number }[] }[]
  }
  t.equal(machine.node, process.version)
  t.equal(sections.length, 2)
  for (const { title, rows, goals } of sections) {
    t.ok(stdout.includes(`### ${title}`), title)
    t.ok(rows.length > 1 && goals.length > 0, 'has rows and goals')
    t.ok(goals.every(({ value }) => Number.isFinite(value) && value > 0), 'of measured numbers')
  }
})
