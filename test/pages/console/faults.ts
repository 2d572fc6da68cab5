import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Browser } from 'playwright-core'
import type { Test } from 'tap'
import { ServerProcess } from '../../chaos/server.ts'
import { browse } from '../../docs/browsing.ts'
import { PASSWORD } from '../../security/accounts.ts'
import { smallDisk } from '../../services/small-disk.ts'
import { folder } from '../../folder.ts'
import { until } from '../../within.ts'
import { logIn, type ConsoleWorld } from './world.ts'

/** A server that goes away, or hangs, or whose store is held by another process or has no room, while somebody works in the console. */
export function faultTests (t: Test, browser: Browser, world: ConsoleWorld): void {
  t.test('the store is held or full, or the server hangs: each action says what happened, and nothing that was typed is lost', async t => {
    const disk = smallDisk(t, 2_048)
    const path = join(disk?.path ?? folder(t), 'belfry.db')
    const server = new ServerProcess({ env: { DATABASE_URL: `sqlite:${path}`, ADMIN_PASSWORD: PASSWORD, DRAIN_SECONDS: '1' } })
    t.teardown(() => server.dispose())
    const base = await server.start()
    const json = { 'content-type': 'application/json' }
    // By its own clock: other tests have set this one forward.
    const { access_token: token } = await (await fetch(`${base}/api/auth/login`, { method: 'POST', headers: json, body: JSON.stringify({ username: 'admin', password: PASSWORD }) })).json() as { access_token: string }
    const headers = { authorization: `Bearer ${token}` }
    const send = async (message: string) => await fetch(`${base}/api/notifications/send`, { method: 'POST', headers: { ...headers, ...json }, body: JSON.stringify({ title: 'T', message, priority: 'info', topic: 'x' }) })
    const other = new DatabaseSync(path)
    const { page } = await browse(t, browser)
    await page.clock.install()
    await page.goto(`${base}/console/compose`)
    await logIn(page, 'admin')
    const view = page.locator('#view')
    const says = async (words: string | RegExp) => { await view.getByRole('alert').getByText(words).waitFor() }
    const title = view.locator('#title')
    const press = async (name: string) => { await view.getByRole('button', { name, exact: true }).click() }
    const sure = page.locator('console-ask').getByRole('button', { name: 'Send', exact: true })
    await title.fill('Kept')
    await view.locator('#message').fill('x'.repeat(4_000))
    await page.getByLabel('Everyone').check()

    const kept = async (what: string) => t.equal(await title.inputValue(), 'Kept', what)
    other.exec('BEGIN IMMEDIATE')
    await press('Send')
    await sure.click()
    await page.clock.fastForward(3_100)
    await page.getByText('Waiting for the server… What you typed stays.').waitFor()
    await says(/^The server is busy or restarting\. Try again in a second\.$/)
    other.exec('ROLLBACK')
    await kept('held')

    const fill = async () => {
      disk?.fill()
      for (let isRoom = disk !== undefined; isRoom;) isRoom = (await send('x'.repeat(4_000))).ok
    }
    const full = async () => { if (disk) await says('The server has no room left to store anything. An operator has to make some.') }
    await fill()
    if (disk) {
      await press('Send')
      await sure.click()
    }
    await full()
    disk?.clear()
    await kept('full')

    server.suspend()
    await press('Send')
    await page.clock.fastForward(20_100)
    await says('The server hasn\'t answered for 20 seconds. Try again.')
    await kept('it hangs')
    server.resume()
    await press('Send')
    await sure.waitFor()
    server.suspend()
    await sure.click()
    await page.clock.fastForward(20_100)
    await says('nobody knows yet whether it was sent. Send it again as it is: it is never sent twice.')
    server.resume()
    await press('Send')
    await sure.click()
    await view.getByText(/^Sent to \d+ inbox/).waitFor()
    const { items } = await (await fetch(`${base}/api/sent?q=kept`, { headers })).json() as { items: unknown[] }
    t.equal(items.length, 1, 'sent once')

    await page.getByRole('link', { name: 'Sent', exact: true }).click()
    await view.getByRole('link', { name: 'Kept', exact: true }).click()
    await press('Edit')
    await view.locator('#title-field').fill('Edited')
    await fill()
    if (disk) await press('Save')
    await full()
    t.equal(await view.locator('#title-field').inputValue(), 'Edited')
    disk?.clear()
    await press('Save')
    await view.getByRole('link', { name: 'Edited', exact: true }).waitFor()
    server.suspend()
    await page.getByRole('link', { name: 'Groups', exact: true }).click()
    await page.clock.fastForward(20_100)
    await says('The server hasn\'t answered for 20 seconds. Try again.')
    server.resume()
    await press('Try again')
    await view.getByText('No groups here yet').waitFor()
    other.close()
  })

  t.test('the server goes away and comes back: the overview says so, and its charts have a gap', async t => {
    const visit = await browse(t, browser)
    const { page } = visit
    await page.clock.install()
    await page.goto(`${world.base}/console`)
    await logIn(page, 'ada')
    const chart = page.getByRole('img', { name: /^Sockets and streams/ })
    await chart.waitFor()
    await world.app.close()
    await page.getByText(/^The connection was lost at/).waitFor()
    await page.clock.fastForward(40_000)
    await world.restart()
    await until('it to try again', async () => {
      await page.clock.fastForward(1_000)
      return await page.getByText(/^The connection was lost at/).count() === 0
    })
    t.match(await chart.getAttribute('aria-label'), /Nothing was measured for \d\d seconds of them\.$/)
    world.isClean(t, visit)
  })
}
