import { setTimeout as pause } from 'node:timers/promises'
import { reasons, type Told } from '../pages/console/reasons.ts'
import { asking, enter, type Picture } from './picture.ts'

let scene: Promise<Told[]> | undefined

/** What the walk shows, once in a demo. */
async function tellAll (base: string): Promise<Told[]> {
  scene ??= reasons({ admin: await asking(base, 'admin'), user: await asking(base, 'carol'), id: 'carol', pass: pause })
  return await scene
}

/** "Why did carol not get it?", asked on the page of a notification for each reason. */
const walk = ['not_in_audience', 'joined_later', 'left', 'excluded', 'muted', 'expired', 'recalled', 'not_connected'].map((reason): Picture => ({
  name: `why-${reason.replaceAll('_', '-')}`,
  width: 560,
  height: 1_800,
  scale: 1.5,
  part: 'console-why section',
  async show (page, base) {
    const { notification, heading } = (await tellAll(base)).find(told => told.reason === reason)!
    await enter(page, base, `sent/${notification}`)
    const why = page.locator('console-why')
    await why.getByLabel('User id or username').fill('carol')
    await why.getByRole('button', { name: 'Why?' }).click()
    await why.getByRole('heading', { name: heading }).waitFor()
  }
}))

const report: Picture = {
  name: 'report',
  width: 640,
  height: 1_800,
  scale: 1.5,
  part: 'console-report section',
  async show (page, base) {
    const [alice, bob] = [await asking(base, 'alice'), await asking(base, 'bob')]
    const by = new Date(Date.now() + 2 * 86_400_000).toISOString()
    await alice('POST', '/api/notifications/send', {
      id: 'fire-drill', title: 'Fire drill on Tuesday', message: 'Leave the building at the bell and gather at the gate.', priority: 'warning', topic: 'safety', audience: { companies: ['company_a'] }, acknowledge: { by, remind_every: 86_400, reminders: 3, escalate_to: { users: ['alice'] } }
    })
    await bob('PUT', '/api/notifications/fire-drill/acknowledge')
    await bob('PUT', '/api/notifications/fire-drill/read')
    await enter(page, base, 'sent/fire-drill', 'alice')
    await page.getByText('1 user has not acknowledged it.').waitFor()
  }
}

const topics: Picture = {
  name: 'topics',
  width: 1_280,
  height: 1_080,
  async show (page, base) {
    const [admin, alice, bob] = [await asking(base, 'admin'), await asking(base, 'alice'), await asking(base, 'bob')]
    await bob('PATCH', '/api/preferences/me', { topics: { safety: { inbox: 'off' } } })
    await admin('PUT', '/api/topics/security', { description: 'Logins, passwords, access rights', locked: true })
    await admin('PUT', '/api/topics/offers', { description: 'Offers of our shop', default: 'off', channels: { mail: 'digest' } })
    await admin('PUT', '/api/topics/orders', { description: 'What happens to your orders', channels: { mail: 'digest' } })
    await alice('PUT', '/api/topics/comments/company/company_a', { description: 'What others say', default: 'off', channels: { push: 'off' } })
    await enter(page, base, 'topics/safety?company=company_a')
    await page.getByText('1 user of company_a has switched it off').waitFor()
  }
}

/** What a sender sees of what became of it. */
export const answers: Picture[] = [...walk, report, topics]
