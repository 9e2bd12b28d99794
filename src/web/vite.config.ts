import { fileURLToPath } from 'node:url';

import { defineConfig } from 'vitest/config';

import { precompress } from './precompress';

const server = process.env.PORTMANAGER_URL ?? 'http://127.0.0.1:8100';
const folder = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  base: './',
  resolve: { alias: { '@web': folder('./app') } },
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
  build: {
    outDir: process.env.PM_DASHBOARD_DIR ?? 'dist',
    emptyOutDir: true,
    target: 'es2022',
    // Everything is a file of this server: the content security policy allows no data: URLs.
    assetsInlineLimit: 0,
    modulePreload: false,
  },
  plugins: [precompress()],
  server: {
    // The tests are beside those of the other folders.
    fs: { allow: ['.', folder('../../tests/web')] },
    proxy: {
      '/api': server,
      '/health': server,
      '/ws': { target: server, ws: true },
    },
  },
  test: {
    globals: true,
    dir: folder('../../tests/web'),
    include: ['**/*.test.ts'],
  },
});
