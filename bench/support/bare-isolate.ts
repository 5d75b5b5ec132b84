import ivm from 'isolated-vm'

const code = `async function run(args) {
  const found = JSON.parse(await call.apply(undefined, [JSON.stringify({ q: args.q, limit: 10 })], { result: { promise: true } }))
  return JSON.stringify({ ok: true, results: found })
}`
const entities = JSON.stringify(
  Array.from({ length: 10 }, (_, i) => ({ id: `ent_${i}`, type: 'organisation', name: `Acme ${i}` })),
)

export interface BareIsolate {
  run(args: { q: string }): Promise<string>
  dispose(): void
}

/** An isolate that makes one call to its host and answers: isolated-vm with nothing around it, in this very process. */
export async function openBareIsolate(): Promise<BareIsolate> {
  const isolate = new ivm.Isolate({ memoryLimit: 64 })
  const context = await isolate.createContext()
  await context.global.set('call', new ivm.Reference(async () => entities))
  await (await isolate.compileScript(code)).run(context)
  const run = await context.global.get('run', { reference: true })
  return {
    run: async (args) =>
      (await run.apply(undefined, [args], {
        arguments: { copy: true },
        result: { promise: true },
      })) as string,
    dispose: () => isolate.dispose(),
  }
}

/** How long after its `timeout` isolated-vm ends an endless loop, ms. */
export async function stopBareLoop(timeoutMs: number): Promise<number> {
  const isolate = new ivm.Isolate({ memoryLimit: 64 })
  try {
    const context = await isolate.createContext()
    const script = await isolate.compileScript('for (;;);')
    const began = performance.now()
    await script.run(context, { timeout: timeoutMs }).catch(() => {})
    return performance.now() - began - timeoutMs
  } finally {
    isolate.dispose()
  }
}
