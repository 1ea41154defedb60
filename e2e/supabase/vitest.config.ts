import { defineConfig } from 'vitest/config';

// One server for all files, except those that kill theirs; one file at a time, because a machine
// with two cores that also runs PostgreSQL gives steadier times so.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['support/setup.ts'],
    fileParallelism: false,
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
