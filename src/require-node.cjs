'use strict'

// CommonJS, and preloaded by the npm scripts: a Node too old for Belfry cannot read TypeScript, but this it can.
const [major, minor] = process.versions.node.split('.').map(Number)

if (major < 24 || (major === 24 && minor < 7)) {
  process.stderr.write(`belfry: needs Node 24.7 or newer, this is ${process.versions.node}; on Linux, npm start brings its own\n`)
  process.exit(1)
}
