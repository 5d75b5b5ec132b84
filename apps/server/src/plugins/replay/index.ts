/** Recordings of runs: what is kept of them, for how long, and performing them again. */
export { createRecordings } from './create-recordings.ts'
export type { Recordings, RecordingsDeps } from './create-recordings.ts'
export { licencesIn } from './keeping-rules.ts'
export type { KeepingRules, Place } from './keeping-rules.ts'
export { eraseRecordings, recordingMigrations } from './recording-store.ts'
export type { Recorded, RunRecorder } from './run-recorder.ts'
export { outputOf } from './run-output.ts'
export { recordingsPlace } from './recorded-people.ts'
