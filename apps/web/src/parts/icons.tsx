import { SvgIcon } from '@mui/material'
import type { SvgIconProps } from '@mui/material'

// Drawn here, as strokes on 24 units: a dozen shapes do not need a library of two thousand.
const paths = {
  check: 'M4 12.5l5 5L20 6.5',
  cross: 'M6 6l12 12M18 6L6 18',
  pause: 'M8 5v14M16 5v14',
  play: 'M8 5l11 7-11 7z',
  clock: 'M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18M12 7v5.5l3.5 2',
  question: 'M9 9a3 3 0 1 1 4.5 2.6c-1 .6-1.5 1.2-1.5 2.4M12 17.5v.5',
  warning: 'M12 4L2.5 20h19zM12 10v4.5M12 17v.5',
  shield: 'M12 3l8 3v5.5c0 4.5-3.2 7.7-8 9.5c-4.8-1.8-8-5-8-9.5V6z',
  search: 'M10.5 4a6.5 6.5 0 1 0 0 13a6.5 6.5 0 0 0 0-13M15.5 15.5L21 21',
  download: 'M12 4v11M7 10.5l5 5l5-5M4 20h16',
  link: 'M10 14a4 4 0 0 0 5.7 0l3-3a4 4 0 0 0-5.7-5.7l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1-1',
  undo: 'M8 5L4 9l4 4M4 9h10a6 6 0 0 1 0 12h-3',
  person: 'M12 4a4 4 0 1 0 0 8a4 4 0 0 0 0-8M4.5 20c.5-4 3.5-6 7.5-6s7 2 7.5 6',
  add: 'M12 5v14M5 12h14',
  pencil: 'M4 20l1-4.5L16 4.5l3.5 3.5L8.5 19zM13.5 7l3.5 3.5',
  lock: 'M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3',
  expand: 'M6 9l6 6l6-6',
} as const
export type IconName = keyof typeof paths

/** A shape beside words that say the same: it is hidden from screen readers. */
export function Icon({ name, ...props }: { readonly name: IconName } & SvgIconProps) {
  return (
    <SvgIcon fontSize="small" {...props} aria-hidden="true">
      <path
        d={paths[name]}
        fill="none"
        stroke="currentColor"
        strokeWidth="2"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </SvgIcon>
  )
}
