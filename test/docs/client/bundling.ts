import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build, type Plugin } from 'esbuild'
import { compile as compileSvelte } from 'svelte/compiler'
import { compileScript, parse } from 'vue/compiler-sfc'

/** Where an app finds the packages that are installed here. */
export const PACKAGES = join(import.meta.dirname, '../../../node_modules')

/** Components of a single file as their own bundler plugins compile them. */
const components: Plugin = {
  name: 'components',
  setup ({ onLoad }) {
    onLoad({ filter: /\.vue$/ }, ({ path }) => {
      const { descriptor, errors } = parse(readFileSync(path, 'utf8'), { filename: path })
      if (errors.length > 0) throw errors[0]
      return { contents: compileScript(descriptor, { id: 'app', inlineTemplate: true }).content, loader: 'js' }
    })
    onLoad({ filter: /\.svelte$/ }, ({ path }) => {
      return { contents: compileSvelte(readFileSync(path, 'utf8'), { filename: path, generate: 'client' }).js.code, loader: 'js' }
    })
  }
}

/** How the component of each language is put into a page. */
export const mounts = {
  jsx: `import { createRoot } from 'react-dom/client'
import App from './App.jsx'
createRoot(document.body).render(<App />)`,
  vue: `import { createApp } from 'vue'
import App from './App.vue'
createApp(App).mount(document.body)`,
  svelte: `import { mount } from 'svelte'
import App from './App.svelte'
mount(App, { target: document.body })`
}

/** A module of an app, with everything that it imports, for a browser. `home` is where the app and the client lie, `alias` other names of packages. */
export async function bundleApp (home: string, contents: string, alias: Record<string, string> = {}): Promise<string> {
  const { outputFiles: [file] } = await build({
    stdin: { contents, resolveDir: home, loader: 'jsx' },
    bundle: true,
    write: false,
    format: 'esm',
    jsx: 'automatic',
    conditions: ['browser', 'production'],
    define: { 'process.env.NODE_ENV': '"production"', __VUE_OPTIONS_API__: 'true', __VUE_PROD_DEVTOOLS__: 'false', __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false' },
    nodePaths: [PACKAGES],
    alias,
    plugins: [components],
    logLevel: 'silent'
  })
  return file!.text
}
