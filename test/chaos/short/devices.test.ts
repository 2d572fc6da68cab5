import { short } from './short.ts'

short('devices', { messages: 300 }, ({ cuts, kills, messages, late }) => ({
  'lines were cut': cuts > 3,
  'it was killed': kills === 1,
  'all messages were taken': messages + late >= 300
}))
