/** Third-party code in processes of its own, under budgets. What it may do is decided behind `onCall`. */
export type {
  Delivery,
  Determinism,
  LogLine,
  PluginCall,
  PluginCode,
  RunBudgets,
  RunEnd,
  RunReport,
  RunRequest,
  RunUsage,
  Sandbox,
  SandboxLevel,
  SandboxStats,
  ThrownError,
  Warning,
} from './boundary.ts'
export { levelNotice, openAtDevelopment } from './level-notice.ts'
export { maxAnswerBytes } from './limits.ts'
export { runnerEndings } from './runner-ending.ts'
export { createSandbox } from './create-sandbox.ts'
export type { SandboxOptions } from './create-sandbox.ts'
export type { LaunchOrder, LaunchRunner, ProcessUsage, RunnerProcess } from './launch.ts'
export type { JailSettings, LevelSetting } from './jail/open-jails.ts'
export { residentLimitBytes } from './limits.ts'
export { removeGroup as removeCgroup } from './jail/cgroup.ts'
export { ownFolders as ownCgroupFolders } from './jail/find-cgroups.ts'
