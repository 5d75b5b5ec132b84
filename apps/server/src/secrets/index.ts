export { createSecrets } from './create-secrets.ts'
export type { Secrets } from './create-secrets.ts'
export { openSecretBox } from './secret-box.ts'
export { hasNoSecrets, secretMigrations } from './secret-store.ts'
