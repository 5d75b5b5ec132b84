import { createSandbox } from '../../../../server/src/sandbox/index.ts'
import type { Sandbox } from '../../../../server/src/sandbox/index.ts'
import type { CliIo } from '../../cli-io.ts'
import { UsageError } from '../../usage-error.ts'

const levels = ['auto', 'full', 'reduced', 'development'] as const

/**
 * The server's sandbox, for one run at a time, at the level that a server here would reach; SWITCHBOARD_SANDBOX asks for another
 * as it does there.
 */
export async function openLocalSandbox({ env }: Pick<CliIo, 'env'>): Promise<Sandbox & AsyncDisposable> {
  const asked = env['SWITCHBOARD_SANDBOX'] ?? 'auto'
  const level = levels.find((one) => one === asked)
  if (level === undefined)
    throw new UsageError(`SWITCHBOARD_SANDBOX is ${asked}; it is one of ${levels.join(', ')}.`)
  const sandbox = await createSandbox({ poolSize: 1, maxRunners: 2, jail: { level } })
  return { ...sandbox, [Symbol.asyncDispose]: () => sandbox.close() }
}
