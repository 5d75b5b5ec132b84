import { Alert, Box, Button, Stack, useColorScheme } from '@mui/material'
import { useEffect, useRef, useState } from 'react'
import type Sigma from 'sigma'
import { drawGraph } from './draw-graph.ts'
import type { Places } from './draw-graph.ts'
import type { KnownGraph } from './graph-model.ts'

/**
 * The graph drawn by WebGL, for the eye and the mouse. Screen readers are spared it: the list beside says the same. Where
 * there is no WebGL it says so.
 */
export function GraphPicture(props: {
  readonly graph: KnownGraph
  readonly selected: string
  readonly onSelect: (id: string) => void
}) {
  const { graph, selected, onSelect } = props
  const { mode, systemMode } = useColorScheme()
  const scheme = (mode === 'system' ? systemMode : mode) === 'dark' ? 'dark' : 'light'
  const box = useRef<HTMLDivElement>(null)
  const drawn = useRef<Sigma | undefined>(undefined)
  // Where each entity stood stays, so that one more does not throw all the others about.
  const places = useRef<Places>(new Map())
  const latest = useRef({ selected, onSelect })
  latest.current = { selected, onSelect }
  const [failure, setFailure] = useState<string | undefined>(undefined)

  useEffect(() => {
    const container = box.current
    if (container === null) return
    try {
      const sigma = drawGraph(container, graph, {
        scheme,
        places: places.current,
        selected: () => latest.current.selected,
        onSelect: (id) => latest.current.onSelect(id),
      })
      drawn.current = sigma
      setFailure(undefined)
      return () => {
        drawn.current = undefined
        sigma.kill()
      }
    } catch (error) {
      setFailure(error instanceof Error ? error.message : String(error))
      return
    }
  }, [graph, scheme])
  useEffect(() => {
    drawn.current?.refresh()
  }, [selected])

  const zoom = (factor: number) => {
    const camera = drawn.current?.getCamera()
    if (camera === undefined) return
    const state = { ...camera.getState(), ratio: camera.getBoundedRatio(camera.ratio * factor) }
    if (isStill()) camera.setState(state)
    else void camera.animate(state, { duration: 200 })
  }
  const whole = () => drawn.current?.getCamera().setState({ x: 0.5, y: 0.5, ratio: 1, angle: 0 })

  if (failure !== undefined)
    return (
      <Alert severity="info" variant="outlined">
        This browser draws no picture: {failure} The list below says all of it.
      </Alert>
    )
  return (
    <Stack spacing={1}>
      <Stack direction="row" spacing={1} useFlexGap sx={{ flexWrap: 'wrap' }}>
        <Button size="small" variant="outlined" onClick={() => zoom(1 / 1.5)}>
          Zoom in
        </Button>
        <Button size="small" variant="outlined" onClick={() => zoom(1.5)}>
          Zoom out
        </Button>
        <Button size="small" variant="outlined" onClick={whole}>
          Show all of it
        </Button>
      </Stack>
      <Box
        ref={box}
        aria-hidden="true"
        data-graph={graph.nodes.length}
        sx={{
          height: { xs: 320, md: 460 },
          border: 1,
          borderColor: 'divider',
          borderRadius: 1,
          bgcolor: 'background.paper',
          overflow: 'hidden',
          position: 'relative',
        }}
      />
    </Stack>
  )
}

function isStill(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches
}
