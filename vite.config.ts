import { defaultClientConditions, defineConfig } from 'vite';
import { collectLicences, writeLicences } from './vite.licences.js';

/** Builds the studio's page; vitest has a configuration of its own. */
export default defineConfig({
  root: 'src/studio/page',
  // Every path is relative, so that an export can be hosted anywhere.
  base: './',
  // ONNX Runtime's engine is served from its own package, or copied from there into an export.
  resolve: { conditions: ['onnxruntime-web-use-extern-wasm', ...defaultClientConditions] },
  build: {
    outDir: '../../../dist/studio/page',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    // No file is small enough to become a data: URL, which the page's policy forbids.
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: { index: 'src/studio/page/index.html', 'service-worker': 'src/studio/page/service-worker.ts' },
      output: {
        // A service worker covers what lies beside it.
        entryFileNames: ({ name }) => (name === 'service-worker' ? '[name].js' : 'assets/[name]-[hash].js'),
      },
    },
  },
  plugins: [collectLicences(), writeLicences('licences.md')],
  worker: { format: 'es', plugins: () => [collectLicences()] },
});
