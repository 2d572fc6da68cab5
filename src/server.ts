import './require-node.cjs'

// Only now: what comes behind it may already fail to load on an older Node.
const { start } = await import('./start.ts')
await start()
