import { short } from './short.ts'

short('cuts', { messages: 1_000, subscribersEach: 3 }, ({ cuts, messages, late, cancelled }) => ({
  'lines were cut': cuts > 20,
  'all messages were taken': messages + late + cancelled >= 1_000
}))
