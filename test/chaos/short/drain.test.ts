import { short } from './short.ts'

short('drain', { drains: 1, between: 150 }, ({ connections, messages }) => ({
  'all came back': connections >= 48,
  'messages went out': messages > 1
}))
