import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { test } from 'tap'
import { Settings } from '../../../src/config.ts'
import { newFolder, PROJECT, run } from '../process.ts'

test('--help is answered, and does nothing else', async t => {
  const folder = await newFolder(t)
  const help = async (file: string, ...args: string[]) => await run(t, { folder, command: [process.execPath, join(PROJECT, 'src', file), ...args] })
  for (const file of ['server.ts', 'demo.ts']) {
    const { code, out, err } = await help(file, '--help')
    t.same({ code, err }, { code: 0, err: [] }, file)
    for (const name of Object.keys(Settings.properties)) t.ok(out.some(line => line.trim().startsWith(name)), name)
  }
  for (const args of [['--help'], ['-h'], ['help']]) {
    const { code, out, err } = await help('cli.ts', ...args)
    t.same({ code, err }, { code: 0, err: [] }, args.join(' '))
    t.ok(out.some(line => line.includes('key create')))
  }
  t.same(await readdir(folder), [])
})
