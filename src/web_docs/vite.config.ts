import { defineConfig } from 'vite';

export default defineConfig({
  base: '/api/docs/',
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
  build: {
    target: 'es2022',
    // Everything is a file of this server: the content security policy allows no data: URLs.
    assetsInlineLimit: 0,
    modulePreload: false,
    // The names are those that CMakeLists.txt embeds; an ETag tells the versions apart.
    rollupOptions: {
      output: { entryFileNames: 'docs.js', assetFileNames: (file) =>
        file.names.some((name) => name.endsWith('.css')) ? 'docs.css' : '[name][extname]' },
    },
  },
  server: { proxy: { '/api/openapi.json': 'http://127.0.0.1:8100' } },
});
