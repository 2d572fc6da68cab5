import { fetchExactDocument, operationsOf, type Operation } from '../docs/document.ts'
import type { App } from '../helper.ts'
import { ask } from './ask.ts'
import { check, type Count, type FuzzOptions } from './count.ts'
import { Oracle } from './oracle.ts'
import { requestsOf, urlOf, type FuzzRequest } from './requests.ts'
import { storedOtherwise } from './stored.ts'
import { valuesFrom } from './values.ts'
import { furnish, type World } from './world.ts'

/** Calls every operation of the document with requests made from it; what came of it, by operation. */
export async function fuzzRest (app: App, base: string, options: FuzzOptions): Promise<Record<string, Count>> {
  const document = await fetchExactDocument(app)
  const oracle = new Oracle(document)
  const operations = operationsOf(document)
  const taken = new Set(operations.filter(({ path }) => !path.includes('{')).map(({ method, path }) => `${method} ${path}`))
  const counts: Record<string, Count> = {}
  for (const operation of operations) {
    const { operationId } = operation
    if (options.only !== undefined && options.only !== operationId) continue
    counts[operationId] = await check(options, async batch => {
      const world = await furnish(app, `${operationId}-${batch}`)
      const arbitrary = requestsOf(operation, valuesFrom(document, world.live), Object.keys(world.callers))
      return { arbitrary, play: await player(operation, world) }
    })
  }
  return counts

  async function player (operation: Operation, world: World) {
    const { method, path, operationId } = operation
    let before = await world.snapshot()
    return async (request: FuzzRequest, count: Count) => {
      const url = urlOf(operation, request)
      // Another route's by a name that is taken, or what no client would send.
      if (url === undefined || (path.includes('{') && taken.has(`${method} ${url.split('?', 1)[0]}`))) return
      const answer = await ask({ app, base, callers: world.callers }, operation, request, url)
      const isRefused = answer.status >= 400
      count[isRefused ? 'refused' : 'accepted']++
      const after = await world.snapshot()
      const isStored = after !== before
      before = after
      const fault = oracle.fault(operation, request, answer)
      if (fault) throw new Error(`${fault}: ${answer.status} ${answer.body}`)
      const otherwise = isStored && /^(sendN|broadcast)/.test(operationId) ? await storedOtherwise(app, request) : undefined
      if (otherwise) throw new Error(`stored otherwise than it was sent: ${otherwise}`)
      // Using a refresh token again ends its session.
      if (isStored && isRefused && operationId !== 'refresh') throw new Error(`refused, but something was stored: ${answer.status} ${answer.body}`)
    }
  }
}
