import { short } from './short.ts'

short('slow', { stalled: 6, rounds: 1 }, ({ connections, stallCodes }) => ({
  'the stalled ones came back': connections >= 8 + 2 * 6,
  'who read on in time saw that it was too slow': stallCodes.includes(1013),
  'who stayed away was cut': stallCodes.filter(code => code === 1006).length >= 3
}))
