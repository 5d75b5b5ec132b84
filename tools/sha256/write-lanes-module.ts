import { writeFileSync } from 'node:fs'
import { lanesModuleFile, lanesModuleText } from './build-lanes-module.ts'

writeFileSync(lanesModuleFile, await lanesModuleText())
