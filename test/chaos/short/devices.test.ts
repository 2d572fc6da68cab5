import { short } from './short.ts'

short('devices', { messages: 300 }, ({ cuts, kills, messages, late, cancelled, moves }) => ({
  'lines were cut': cuts > 3,
  'it was killed': kills === 1,
  'all messages were taken': messages + late + cancelled >= 300,
  'guests moved': moves > 3,
  'plans were cancelled': cancelled > 0
}))
