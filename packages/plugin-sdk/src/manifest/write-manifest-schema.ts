import { writeFileSync } from 'node:fs'
import { manifestSchemaText } from './manifest-schema.ts'

// Run after changing the schema: node packages/plugin-sdk/src/manifest/write-manifest-schema.ts
writeFileSync(
  new URL('../../../../docs/reference/manifest.schema.json', import.meta.url),
  manifestSchemaText(),
)
