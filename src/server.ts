import process from 'node:process'

const REQUIRED_NODE = 24

if (Number.parseInt(process.versions.node, 10) < REQUIRED_NODE) {
  console.error(`belfry: needs Node ${REQUIRED_NODE} or newer, this is ${process.versions.node}; \`npm start\` brings its own`)
  process.exit(1)
}

const { start } = await import('./start.ts')
await start()
