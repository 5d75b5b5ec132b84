import { FactList } from '../../parts/fact-list.tsx'
import { Instant } from '../../parts/instant.tsx'
import { Section } from '../../parts/section.tsx'
import { UntrustedText } from '../../parts/untrusted-text.tsx'
import { age } from './age.ts'
import type { PackageDetail } from './consent.ts'
import { trustMeaning } from './levels.ts'

/** Who signed this version, since when their key is known here, and what exactly it is. */
export function OriginCard({ detail }: { readonly detail: PackageDetail }) {
  const { package: shown, keyPinnedAt, installation } = detail
  return (
    <Section id="origin" title="Where it comes from">
      <FactList
        facts={[
          [
            'Publisher',
            <>
              <UntrustedText text={shown.publisher} most={80} />. {trustMeaning(shown.trust)}
            </>,
          ],
          [
            'Key',
            <>
              <code>{shown.keyId}</code>
              {keyPinnedAt === null ? (
                ', not pinned any more'
              ) : (
                <>
                  , pinned {age(keyPinnedAt, Date.now())}, <Instant ms={keyPinnedAt} />
                </>
              )}
            </>,
          ],
          ['Digest', <code>{shown.digest}</code>],
          ['Shelved', <Instant ms={shown.addedAt} />],
          [
            'Installed',
            installation === null ? undefined : (
              <>
                {installation.version} since <Instant ms={installation.installedAt} />
              </>
            ),
          ],
          ['Versions', detail.versions.toReversed().join(', ')],
        ]}
      />
    </Section>
  )
}
