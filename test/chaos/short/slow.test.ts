import { short } from './short.ts'

short('slow', { stalled: 6, rounds: 1 }, ({ connections, stallCodes }) => ({
  'the stalled ones came back': connections >= 10 + 6 + stallCodes.length,
  'who read on in time saw that it was too slow, by either transport': stallCodes.filter(code => code === 1013).length >= 2,
  'who stayed away was cut': stallCodes.filter(code => code === 1006).length >= 2
}))
