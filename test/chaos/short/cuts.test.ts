import { short } from './short.ts'

short('cuts', { messages: 1_000, subscribersEach: 3 }, ({ cuts, messages }) => ({
  'lines were cut': cuts > 20,
  'all messages were taken': messages >= 1_000
}))
