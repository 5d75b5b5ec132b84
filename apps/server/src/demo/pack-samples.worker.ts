import assert from 'node:assert/strict'
import { parentPort, workerData } from 'node:worker_threads'
import { makeSamplePackages } from './sample-packages.ts'

// The thread that packSamplesAside starts: it is given the folder and says what it made there.
assert(parentPort !== null && typeof workerData === 'string')
parentPort.postMessage(await makeSamplePackages(workerData))
