import { Worker } from 'node:worker_threads'
import { Fault } from '../kernel/fault.ts'
import type { SamplePackages } from './sample-packages.ts'

/**
 * {@link makeSamplePackages} in a thread of its own: it compresses 43 MB of tables while the first start imports the
 * graph, and on two cores neither waits for the other.
 *
 * @throws {Fault} `samples_not_packed`
 */
export function packSamplesAside(folder: string): Promise<SamplePackages> {
  const worker = new Worker(new URL('pack-samples.worker.ts', import.meta.url), { workerData: folder })
  const packed = new Promise<SamplePackages>((resolve, reject) => {
    const failed = (cause: unknown): void =>
      reject(
        new Fault('samples_not_packed', `The samples could not be packed: ${String(cause)}`, {
          retryable: true,
          cause,
        }),
      )
    worker.once('message', resolve)
    worker.once('error', failed)
    worker.once('exit', failed)
  })
  packed.catch(() => {
    // Whoever awaits it is told; before that, an import that fails as well would be hidden by this.
  })
  return packed
}
