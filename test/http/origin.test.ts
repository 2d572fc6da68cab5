import { test } from 'tap'
import { build, isProblem, listen, mint, people, refusal } from '../helper.ts'
import { bearing } from '../security/accounts.ts'

test('a refused origin is told which one it is, and what would let it in', async t => {
  const app = await build(t, { ALLOWED_ORIGINS: 'https://app.example.com' })
  const base = await listen(app)
  const refused = async (origin: string) => {
    const answer = await refusal(`${base}/ws/notifications`, { headers: { ...bearing(mint(people.bob)), origin } })
    isProblem(t, answer, 'BLF_FORBIDDEN_ORIGIN')
    return answer.body.detail as string
  }
  t.equal(await refused('https://elsewhere.example'), 'The origin https://elsewhere.example may not connect here; ALLOWED_ORIGINS must name it.')
  t.match(await refused(base.replace('http', 'https')), /ALLOWED_ORIGINS must name it\..*TRUST_PROXY must name that proxy/)
  t.match(await refused('null'), /^The origin null /)
  t.match(await refused('<script>'), /^The origin null /, 'what is no origin is not repeated')
  t.notMatch(await refused(`https://${'x'.repeat(4000)}.example`), /x{201}/)
})
