import { MultiDirectedGraph } from 'graphology'
import forceAtlas2 from 'graphology-layout-forceatlas2'
import Sigma from 'sigma'
import { visible } from '../../parts/visible.ts'
import { ringOf, labelDrawing } from './draw-label.ts'
import type { KnownGraph } from './graph-model.ts'
import { typeLook } from './type-look.ts'
import type { Scheme } from './type-look.ts'

/** Where entities stand, by id. */
export type Places = Map<string, { readonly x: number; readonly y: number }>

const longestLabel = 32
/** Of more entities the names would lie on each other: only that of the selected one is written. */
const mostWithNames = 60
const edgeColours = { light: '#8a94a3', dark: '#6b7685' } as const

/**
 * Draws the graph into the container. The layout is computed at once: for at most 500 entities it takes less than what a
 * worker would, and the console's policy lets none be made from text.
 *
 * @throws when there is no WebGL.
 */
export function drawGraph(
  container: HTMLElement,
  known: KnownGraph,
  options: {
    readonly scheme: Scheme
    readonly places: Places
    readonly selected: () => string
    readonly onSelect: (id: string) => void
  },
): Sigma {
  const { scheme, places, selected, onSelect } = options
  requireWebGl()
  const graph = layOut(known, places, scheme)
  const draw = labelDrawing(scheme, known.nodes.length <= mostWithNames)
  const isSelected = (id: string) => id === selected()
  const isCrowded = known.nodes.length > mostWithNames
  const sigma = new Sigma(graph, container, {
    allowInvalidContainer: true,
    defaultEdgeType: 'arrow',
    defaultEdgeColor: edgeColours[scheme],
    renderEdgeLabels: known.edges.length <= 40,
    edgeLabelColor: { color: scheme === 'light' ? '#4d5766' : '#aab4c3' },
    edgeLabelSize: 10,
    labelSize: 12,
    stagePadding: 40,
    zIndex: true,
    minCameraRatio: 0.05,
    maxCameraRatio: 4,
    defaultDrawNodeLabel: draw,
    defaultDrawNodeHover: draw,
    // A picture that goes on moving by itself is nothing that somebody asked for.
    inertiaRatio: 0,
    nodeReducer: (id, data) => (isSelected(id) ? { ...data, size: 15, zIndex: 2, isSelected: true } : data),
    edgeReducer: (edge, data) =>
      graph.extremities(edge).some(isSelected)
        ? { ...data, color: ringOf(scheme), size: isCrowded ? 1 : 3, zIndex: 1 }
        : data,
  })
  sigma.on('clickNode', ({ node }) => onSelect(node))
  sigma.on('enterNode', () => (container.style.cursor = 'pointer'))
  sigma.on('leaveNode', () => (container.style.cursor = ''))
  // The wheel scrolls the page, as everywhere; with Ctrl, as for the page's own zoom, it is the picture's.
  const keepPage = (event: WheelEvent) => {
    if (!event.ctrlKey) event.stopPropagation()
  }
  container.addEventListener('wheel', keepPage, { capture: true })
  sigma.on('kill', () => container.removeEventListener('wheel', keepPage, { capture: true }))
  return sigma
}

function layOut({ nodes, edges }: KnownGraph, places: Places, scheme: Scheme): MultiDirectedGraph {
  const graph = new MultiDirectedGraph()
  for (const [place, { id, type, name }] of nodes.entries()) {
    // On a spiral: the same entities always stand the same way.
    const angle = place * 2.399963
    const start = places.get(id) ?? {
      x: Math.sqrt(place + 1) * Math.cos(angle),
      y: Math.sqrt(place + 1) * Math.sin(angle),
    }
    const shown = visible(name)
    graph.addNode(id, {
      ...start,
      size: nodes.length <= mostWithNames ? 12 : nodes.length <= 200 ? 8 : 5,
      color: typeLook(type)[scheme],
      letters: typeLook(type).letters,
      label: shown.length > longestLabel ? `${shown.slice(0, longestLabel)}…` : shown,
      forceLabel: true,
      zIndex: 0,
    })
  }
  for (const { from, to, relation } of edges)
    if (from !== to) graph.addEdge(from, to, { size: 1.5, label: relation, zIndex: 0 })
  if (graph.size > 0)
    forceAtlas2.assign(graph, {
      iterations: nodes.length <= 100 ? 300 : 120,
      settings: { ...forceAtlas2.inferSettings(graph), gravity: 0.6, adjustSizes: nodes.length <= 100 },
    })
  graph.forEachNode((id, { x, y }) => places.set(id, { x: Number(x), y: Number(y) }))
  return graph
}

/** The library fails in its own words, on a null; so it is asked beforehand. */
function requireWebGl(): void {
  const canvas = document.createElement('canvas')
  const context = canvas.getContext('webgl2') ?? canvas.getContext('webgl')
  if (context === null) throw new Error('it has no WebGL.')
  // Browsers keep only so many at a time.
  context.getExtension('WEBGL_lose_context')?.loseContext()
}
