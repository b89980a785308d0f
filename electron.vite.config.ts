import { existsSync, readdirSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'electron-vite'

/** Programs of the main side, each a file of its own in out/main: the shell, the command line, the job process. */
const programs = {
  index: 'src/main/index.ts',
  cli: 'src/main/cli.ts',
  worker: 'src/main/jobs/worker.ts',
}

/** Worker threads, by their name `*.thread.ts`, become out/main/*.thread.js beside the programs that start them. */
function threads(folder: string): Record<string, string> {
  const found = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.thread.ts'))
  return Object.fromEntries(found.map((path) => [basename(path, '.ts'), join(folder, path)]))
}

const entries = Object.entries({ ...programs, ...threads('src/main') }).filter(([, path]) => existsSync(path))

/** Where the time of a build goes is nothing that every build need say. */
const checks = { pluginTimings: false }

export default defineConfig({
  main: {
    build: {
      outDir: 'out/main',
      target: 'node20',
      // Its package holds ES modules under the name of CommonJS, which Node 20.18 (Electron 33) does not see through.
      externalizeDeps: { exclude: ['dcmjs'] },
      sourcemap: true,
      rollupOptions: {
        checks,
        input: Object.fromEntries(entries.map(([name, path]) => [name, resolve(path)])),
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  },
  preload: {
    build: {
      outDir: 'out/preload',
      // A sandboxed preload can load nothing but electron, and only as CommonJS: everything else is bundled in.
      externalizeDeps: false,
      rollupOptions: {
        checks,
        input: resolve('src/preload/index.ts'),
        output: { format: 'cjs', entryFileNames: 'index.cjs' },
      },
    },
  },
  renderer: {
    root: 'src/renderer',
    plugins: [svelte({ configFile: false })],
    worker: { format: 'es' },
    build: {
      outDir: resolve('out/renderer'),
      // The content policy allows no inline fonts or workers: everything is a file of its own.
      assetsInlineLimit: 0,
      sourcemap: true,
      rollupOptions: { checks, input: resolve('src/renderer/index.html') },
    },
  },
})
