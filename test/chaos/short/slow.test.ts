import { short } from './short.ts'

short('slow', { stalled: 6, rounds: 1 }, ({ connections, stallCodes }) => ({
  'the stalled ones came back': connections >= 7 + 2 + 2 * 6,
  'who read on in time saw that it was too slow, by either transport': stallCodes.filter(code => code === 1013).length === 3,
  'who stayed away was cut': stallCodes.filter(code => code === 1006).length === 3
}))
