/** What plugins can be allowed to do, one file each. */
export type { Capability, PluginMethod } from './capability.ts'
export { storeKv } from './store-kv.ts'
export { capabilities, capabilityImpact, capabilityOf, operationBehind, pluginMethods } from './listing.ts'
