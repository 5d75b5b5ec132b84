import { Link as TextLink } from '@mui/material'
import { UntrustedText, visible } from '../../parts/untrusted-text.tsx'
import type { Entity } from './graph-model.ts'
import { typeLook } from './type-look.ts'

/** An entity in a list, as a button that selects it. */
export function EntityButton(props: {
  readonly entity: Entity
  readonly isSelected?: boolean
  readonly onSelect: (id: string) => void
}) {
  const { entity, isSelected = false, onSelect } = props
  return (
    <TextLink
      component="button"
      type="button"
      aria-pressed={isSelected}
      title={visible(`${entity.type} ${entity.key}`.slice(0, 200))}
      onClick={() => onSelect(entity.id)}
      sx={{ textAlign: 'left', maxWidth: '100%', fontWeight: isSelected ? 700 : 'inherit' }}
    >
      <span aria-hidden="true">{typeLook(entity.type).letters} </span>
      <UntrustedText text={entity.name} most={100} />
    </TextLink>
  )
}
