import { JsonView } from '../../parts/json-view.tsx'
import { Section } from '../../parts/section.tsx'

export function ManifestCard({ manifest }: { readonly manifest: unknown }) {
  return (
    <Section id="manifest" title="Manifest">
      <JsonView value={manifest} />
    </Section>
  )
}
