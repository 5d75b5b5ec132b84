// @ts-check
// What a module may be, before it is compiled. Budgets of a run come on top.

/** Bytes of the module. */
export const maxModuleBytes = 16 * 1024 * 1024
/** Compiling a function takes memory and time in proportion to its size, in one piece. */
export const maxFunctionBytes = 1024 * 1024
export const maxFunctions = 100_000
export const maxTypes = 20_000
export const maxParameters = 255
export const maxImports = 200
export const maxExports = 1_000
export const maxGlobals = 10_000
export const maxTables = 8
/** Entries of one table, at the start or grown: they lie outside the memory that is capped. */
export const maxTableEntries = 100_000
/** Bytes of the section that fills tables: at least one for each entry. */
export const maxElementBytes = 1024 * 1024
export const maxSegments = 100_000
/** Bytes of one name of an import or export. */
export const maxNameBytes = 256
/** Nesting of arrays and objects in what a module sends. */
export const maxDepth = 128
export const pageBytes = 65_536
