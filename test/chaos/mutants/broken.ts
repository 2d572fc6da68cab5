import type { Test } from 'tap'
import type { MailKind } from '../../../src/store/contract/mail.ts'
import type { Audience } from '../../../src/log/audience.ts'
import { random } from '../../random.ts'
import type { Fault } from '../checker.ts'
import { members, type News } from '../people.ts'
import { PUSHING } from '../quick/quick.ts'
import { World } from '../world.ts'

/** A server whose code is broken on purpose, with somebody to watch it; `isOutside`: also webhooks and browsers; `mailed`: topics of which mails are sent, and how. */
export async function broken (t: Test, { isOutside = false, mailed = undefined as Record<string, MailKind> | undefined } = {}): Promise<World> {
  const world = new World(random(1), { ...PUSHING, entry: ['test/chaos/mutants/server.ts'] })
  t.teardown(() => world.dispose())
  world.hooks.isOn = world.pushes.isOn = isOutside
  // What is tried again is judged again: the fault would be mended.
  world.pushes.isCalm = world.mails.isCalm = true
  world.mails.isOn = mailed !== undefined
  Object.assign(world.mails.topics, mailed)
  await world.begin()
  for (const member of members) await world.subscribe({ name: member.id, member }).welcomed()
  return world
}

/** Publishes something that suffers its topic; its id. */
export async function publish (
  world: World, topic: string, audience: Audience = { all: true }, { edits = 0, ...news }: Omit<News, 'audience'> & { edits?: number } = {}
): Promise<string> {
  const publication = { ...world.compose({ audience, ...news }), topic }
  await world.publish(publication)
  for (let count = 0; count < edits; count++) await world.edit(publication)
  return publication.id
}

/** The faults, by kind and what they are about, told of at least once each. */
export function told (faults: Fault[], ids: Record<string, string>): string[] {
  const names = Object.entries(ids)
  return [...new Set(faults.map(({ kind, detail }) => {
    const name = names.find(([, id]) => new RegExp(`\\b${id}\\b`).test(detail))?.[0]
    return `${kind}: ${name ?? detail}`
  }))].sort()
}
