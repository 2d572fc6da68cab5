import { short } from './short.ts'

short('attach', { messages: 800, sockets: 120 }, ({ connections, messages, late, cancelled }) => ({
  'sockets came while messages flowed': connections >= 120,
  'all messages were taken': messages + late + cancelled >= 800
}))
