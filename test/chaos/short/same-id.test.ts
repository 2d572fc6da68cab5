import { short } from './short.ts'

short('same-id', { ids: 6, kills: 1 }, ({ kills, messages }) => ({
  'it was killed': kills === 2,
  'each id is one message, and the last of all': messages === 7
}))
