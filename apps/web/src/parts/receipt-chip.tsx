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
      // The first letters are the time: of one run they are all the same.
      label={`receipt …${id.slice(-8)}`}
      title={id}
    />
  )
}
