import type { NodeLabelDrawingFunction } from 'sigma/rendering'
import { ink } from './type-look.ts'
import type { Scheme } from './type-look.ts'

const text = { light: '#14181f', dark: '#e8ecf3' } as const
const paper = { light: '#ffffff', dark: '#171c25' } as const
const ring = { light: '#14181f', dark: '#ffffff' } as const

export function ringOf(scheme: Scheme): string {
  return ring[scheme]
}

/** Letters of the type inside the shape and the name below it; with many entities only that of the selected one. */
export function labelDrawing(scheme: Scheme, withNames: boolean): NodeLabelDrawingFunction {
  return (context, data, settings) => {
    const { x, y, size } = data
    // Not the library's own highlight: it draws the shape anew above its letters.
    const isSelected = data['isSelected'] === true
    if (isSelected) {
      context.beginPath()
      context.arc(x, y, size + 3, 0, Math.PI * 2)
      context.lineWidth = 2.5
      context.strokeStyle = ring[scheme]
      context.stroke()
    }
    context.textAlign = 'center'
    context.textBaseline = 'middle'
    if (size >= 7) {
      context.font = `700 ${Math.round(size * 0.85)}px ${settings.labelFont}`
      context.fillStyle = ink[scheme]
      context.fillText(String(data['letters'] ?? ''), x, y)
    }
    if ((!withNames && !isSelected) || typeof data.label !== 'string') return
    context.font = `${isSelected ? 700 : 400} ${settings.labelSize}px ${settings.labelFont}`
    // A name beside the edge stays inside it.
    const half = context.measureText(data.label).width / 2 + 4
    const width = context.canvas.clientWidth
    const at = Math.min(Math.max(x, half), Math.max(half, width - half))
    context.lineWidth = 4
    context.lineJoin = 'round'
    context.strokeStyle = paper[scheme]
    context.strokeText(data.label, at, y + size + 10)
    context.fillStyle = text[scheme]
    context.fillText(data.label, at, y + size + 10)
  }
}
