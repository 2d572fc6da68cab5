import './require-node.cjs'

// Only now: what comes behind it may already fail to load on an older Node.
const { watchSignals } = await import('./process/shutdown.ts')
watchSignals()
const { start } = await import('./start.ts')
await start()
