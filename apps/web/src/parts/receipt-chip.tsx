import { Chip } from '@mui/material'
import { Link } from 'react-router'

/** A receipt, as something to click: it leads to its sentence, proof and raw bytes. */
export function ReceiptChip({ id }: { readonly id: string }) {
  return (
    <Chip
      size="small"
      variant="outlined"
      clickable
      component={Link}
      to={`/evidence/receipts/${id}`}
      label={`receipt ${id.slice(4, 12)}…`}
      title={id}
    />
  )
}
