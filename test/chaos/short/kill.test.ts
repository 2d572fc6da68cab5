import { short } from './short.ts'

short('kill', { kills: 2, between: 150, areReadersOn: false }, ({ kills, messages, deliveries }) => ({
  'it was killed, and again before the inboxes were read': kills === 3,
  'messages went out': messages > 50 && deliveries > messages
}))
