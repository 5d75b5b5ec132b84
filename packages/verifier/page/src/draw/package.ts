import { fileSize } from '../text/format.ts'
import { element, foreign } from '../text/element.ts'
import type { PackageReport } from '../worker/protocol.ts'
import { firstAndRest } from './findings.ts'

/** What a verified package is, what it will ask for, and what it holds. */
export function drawPackage(report: PackageReport): readonly HTMLElement[] {
  const { required, optional } = report.asks
  const facts: readonly (readonly [string, Node | string | undefined])[] = [
    ['Package', foreign(`${report.name} ${report.version}`)],
    ['Title', report.title === undefined ? undefined : foreign(report.title)],
    ['Kind', report.what === 'plugin' ? 'plugin: code that runs in the sandbox' : 'data: a table, no code'],
    ['Licence', report.licence === undefined ? undefined : foreign(report.licence)],
    ['Publisher', foreign(report.publisher)],
    ['Signed by key', element('code', {}, report.keyId)],
    ['Digest', element('code', {}, report.digest)],
    ['Asks for', required.length === 0 ? 'nothing' : foreign(required.join(', '))],
    ['May ask for', optional.length === 0 ? undefined : foreign(optional.join(', '))],
  ]
  const list = facts.flatMap(([name, value]) =>
    value === undefined ? [] : [element('dt', {}, name), element('dd', {}, value)],
  )
  return [
    element(
      'section',
      { class: 'card' },
      element('h2', {}, 'The package'),
      element('dl', { class: 'facts' }, ...list),
    ),
    element(
      'section',
      { class: 'card' },
      element('h2', {}, `Its ${report.files.length} files`),
      element(
        'p',
        { class: 'soft' },
        'Each has the SHA-256 that the signed list states, and there is none besides.',
      ),
      ...firstAndRest(report.files, ({ path, bytes }) =>
        element(
          'li',
          {},
          element('span'),
          element('div', {}, foreign(path), element('div', { class: 'more' }, fileSize(bytes))),
        ),
      ),
    ),
  ]
}
