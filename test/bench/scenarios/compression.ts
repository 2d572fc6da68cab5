import { Load } from '../lib/child.ts'
import { belfry, body, ROOT } from '../lib/peers.ts'
import { post } from '../lib/raw-http.ts'
import { atMost, type Section } from '../lib/report.ts'
import { median } from '../lib/statistics.ts'
import type { Options } from '../options.ts'
import type { OpenArgs, PublishResult } from '../load.ts'

/** A text as people write it, not one that deflate finds too easy. */
const MESSAGE = 'Your invoice for January is ready. You will find it in the billing section of your account, ' +
  'together with the usage of each project and the credit that was left from last month. Payment is due within ' +
  'fourteen days; nothing has to be done where a card is on file. If anything looks wrong, answer this message ' +
  'or call the number on the invoice before the date of payment, so that it can be set right in time. Thank you.'
const OUTSTANDING = 16

interface Sample { cpu: number, bytes: number }

/** What compression costs and saves when each event is compressed once for all. */
export async function compression ({ seconds, rounds, subscribers }: Options): Promise<Section> {
  const plain: Sample[] = []
  const compressed: Sample[] = []
  for (let round = 0; round < rounds; round++) {
    plain.push(await run(false, subscribers, seconds))
    compressed.push(await run(true, subscribers, seconds))
  }
  const of = (samples: Sample[], field: keyof Sample) => median(samples.map(sample => sample[field]))
  return {
    title: `Compression, ${subscribers} subscribers, a message of ${MESSAGE.length} characters`,
    rows: [plain, compressed].map((samples, index) => ({
      COMPRESSION: String(index === 1), 'bytes/delivery': of(samples, 'bytes'), 'CPU µs/delivery': of(samples, 'cpu')
    })),
    goals: [
      atMost('bytes, compressed / plain', of(compressed, 'bytes') / of(plain, 'bytes'), 0.7),
      atMost('CPU per delivery, compressed / plain', of(compressed, 'cpu') / of(plain, 'cpu'), 1.5)
    ]
  }
}

async function run (isCompressed: boolean, subscribers: number, seconds: number): Promise<Sample> {
  const server = await belfry.start({ COMPRESSION: String(isCompressed) })
  const load = await Load.start()
  try {
    const offer: Record<string, string> = isCompressed ? { 'sec-websocket-extensions': 'permessage-deflate' } : {}
    const headers = Array.from({ length: subscribers }, (_, index) => ({ ...belfry.headers(index), ...offer }))
    await load.ask('open', { port: server.port, path: belfry.path, headers, greetings: 1 } satisfies OpenArgs)
    const request = post('/api/notifications/send', ROOT, { ...body, message: MESSAGE })
    const publish = (length: number) => load.ask<PublishResult>('publish', {
      port: server.port, requests: [request], outstanding: OUTSTANDING, seconds: length, perPublish: subscribers
    })
    await publish(seconds / 2)
    const before = server.cpu()
    const bytesBefore = await load.ask<number>('bytesRead')
    const { deliveries } = await publish(seconds)
    return {
      cpu: (server.cpu() - before) / deliveries * 1e6,
      bytes: (await load.ask<number>('bytesRead') - bytesBefore) / deliveries
    }
  } finally {
    await Promise.all([server.stop(), load.stop()])
  }
}
