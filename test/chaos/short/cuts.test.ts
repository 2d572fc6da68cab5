import { short } from './short.ts'

short('cuts', { messages: 1_000, subscribersEach: 3 }, ({ cuts, messages, late }) => ({
  'lines were cut': cuts > 20,
  'all messages were taken': messages + late >= 1_000
}))
