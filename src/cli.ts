import './require-node.cjs'

// Only now: what comes behind it may already fail to load on an older Node.
const { main } = await import('./cli/main.ts')
await main()
