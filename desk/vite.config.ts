import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

// Not the page: the server writes into it.
const COMPRESSIBLE = /\.(js|css|svg|json)$/;
const DIST = join(import.meta.dirname, 'dist');

/** Puts a `.gz` beside each file that gets smaller, for the server to send as it is. */
function gzipped(): Plugin {
  return {
    name: 'gzipped',
    apply: 'build',
    closeBundle() {
      for (const entry of readdirSync(DIST, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile() || !COMPRESSIBLE.test(entry.name)) continue;
        const path = join(entry.parentPath, entry.name);
        const plain = readFileSync(path);
        const small = gzipSync(plain, { level: constants.Z_BEST_COMPRESSION });
        if (small.length < plain.length) writeFileSync(`${path}.gz`, small);
      }
    },
  };
}

const server = process.env.LOCKSTEP_URL ?? 'http://127.0.0.1:8620';
const proxied = { target: server, changeOrigin: true };

export default defineConfig({
  plugins: [react(), gzipped()],
  resolve: { conditions: ['lockstep-source', 'module', 'browser', 'development|production'] },
  // The server puts a fresh one with every answer, so that no style or script but ours applies.
  html: { cspNonce: '__CSP_NONCE__' },
  build: { target: 'es2023', assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  server: { proxy: { '/realtime': { ...proxied, ws: true }, '/config': proxied, '/demo': proxied } },
  test: {
    environment: 'happy-dom',
    include: ['test/**/*.test.{ts,tsx}'],
    css: { modules: { classNameStrategy: 'non-scoped' } },
  },
});
