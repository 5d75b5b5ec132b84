import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import type { Plugin } from 'vite'
import { catalogueAddresses } from './catalogue-addresses.ts'

/**
 * A helper for tests inside the forms library names a validator that compiles schemas to code, which our
 * Content-Security-Policy forbids and nothing of ours uses. It resolves to nothing, so that it need not be installed.
 */
function withoutCompilingValidator(): Plugin {
  const name = '@rjsf/validator-ajv8'
  const empty = '\0without-compiling-validator'
  return {
    name: 'without-compiling-validator',
    resolveId: (source) => (source === name ? empty : undefined),
    load: (id) => (id === empty ? 'export default undefined' : undefined),
  }
}

export default defineConfig({
  base: '/app/',
  plugins: [catalogueAddresses(), withoutCompilingValidator(), react()],
  build: { outDir: 'dist', emptyOutDir: true, sourcemap: false, target: 'es2023' },
})
