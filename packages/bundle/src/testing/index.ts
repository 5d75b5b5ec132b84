export { createTestLogs } from './test-logs.ts'
export type { TestBundle, TestBundleOptions, TestLogs, TestSection } from './test-logs.ts'
export type { TestReceipt, TestReceiptFacts } from './test-receipt.ts'
