import tap from 'tap'
import { hasChromium } from '../../services/chromium.ts'
import { hasFront } from '../../services/front.ts'
import { short } from './short.ts'

if (hasChromium(tap) && hasFront(tap, 'nginx')) {
  short('pages', { rounds: 1, during: 5 }, ({ kills, clients, screens, messages }) => ({
    'it was killed': kills === 1,
    'a tab was closed, and another one opened': clients === 5,
    'messages went out and were shown': messages > 50 && screens > 50
  }))
}
