import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { asking, enter, type Picture } from './picture.ts'

/** The settings with which the demo may call a receiver of this machine. */
export const ALLOWING = { OUTBOUND_ALLOW: '127.0.0.1', OUTBOUND_ALLOW_HTTP: 'true' }

/** Webhooks of which one fails for now. Their receiver is here; the picture shows it by a name. */
export const webhooks: Picture = {
  name: 'webhooks',
  width: 1440,
  height: 1_060,
  async show (page, base) {
    let isDown = false
    const server = createServer((request, response) => {
      const status = isDown && request.url === '/hooks/belfry' ? 503 : 200
      request.resume().on('end', () => response.writeHead(status).end())
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    server.unref()
    const receiver = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const [admin, alice, bob] = [await asking(base, 'admin'), await asking(base, 'alice'), await asking(base, 'bob')]
    await admin('POST', '/api/webhooks', { url: `${receiver}/people`, types: ['user.created', 'user.updated', 'user.removed'], company: 'company_b', ordered: true })
    await alice('POST', '/api/webhooks', { url: `${receiver}/hooks/belfry`, types: ['notification.sent', 'notification.read', 'notification.acknowledged'] })
    const send = async (id: string) => { await alice('POST', '/api/notifications/send', { id, title: 'Meeting moved', message: 'It begins at three.', priority: 'info', topic: 'calendar', audience: { companies: ['company_a'] } }) }
    const calls = async (action: Promise<void>) => { await Promise.all([once(server, 'request'), action]) }
    await calls(send('moved'))
    await calls(bob('PUT', '/api/notifications/moved/read'))
    isDown = true
    await calls(send('moved-again'))
    await page.route(/\/api\/webhooks/, async route => {
      const response = await route.fetch()
      await route.fulfill({ response, body: (await response.text()).replaceAll(receiver, 'https://shop.example') })
    })
    await enter(page, base, 'webhooks')
    await page.getByRole('row', { name: 'company_a' }).getByRole('link', { name: 'shop.example' }).click()
    await page.getByText('answered 503').waitFor()
  }
}
