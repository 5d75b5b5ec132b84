// @ts-check
// Imported first. Whoever started the server may have left it descriptors that pass on to every child; Node marks only
// the low ones. What survived our own exec is known by its missing close-on-exec flag: Node opens all of its own with it.
import { closeSync, readdirSync, readFileSync } from 'node:fs'

const brokerDescriptor = 3
const closeOnExec = 0o2000000

for (const name of listDescriptors()) {
  const descriptor = Number(name)
  if (descriptor > brokerDescriptor && isInherited(name)) closeSync(descriptor)
}

function listDescriptors() {
  try {
    return readdirSync('/proc/self/fdinfo')
  } catch {
    // Not Linux: the level is `development` at most, and says so.
    return []
  }
}

/** @param {string} name */
function isInherited(name) {
  try {
    const flags = /^flags:\s+([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${name}`, 'latin1'))?.[1]
    return flags !== undefined && (Number.parseInt(flags, 8) & closeOnExec) === 0
  } catch {
    // The descriptor of the listing itself, closed again.
    return false
  }
}
