import { short } from './short.ts'

short('slow', { stalled: 6, rounds: 1 }, ({ connections }) => ({
  'the stalled ones came back': connections >= 8 + 2 * 6
}))
