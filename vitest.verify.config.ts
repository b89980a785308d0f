import { defineConfig } from 'vitest/config'

/** `npm run verify`: what takes minutes, on real patients. */
export default defineConfig({
  test: {
    environment: 'node',
    pool: 'forks',
    setupFiles: ['test/typedArrays.ts'],
    fileParallelism: false,
    include: ['test/verify/**/*.test.ts'],
    testTimeout: 900_000,
    hookTimeout: 900_000,
  },
})
