export { findReceipts } from '../receipt/receipt-store.ts'
