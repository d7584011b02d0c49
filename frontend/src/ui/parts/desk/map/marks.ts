/** The marks of the map: the same shapes and colours of a state as in the lists, drawn once per page. */
import type { Tone } from '../../../../core/tickets'

export const TONES: readonly Tone[] = [
  'received',
  'assigned',
  'in-progress',
  'resolved',
  'closed',
  'near',
  'breached',
  'paused',
]

export const SIZE = 22
/** Drawn at twice the size, for screens with fine pixels. */
export const RATIO = 2

/** How much of the disc is filled, as on a clock. */
const FILLED: Partial<Record<Tone, number>> = {
  assigned: 0.25,
  'in-progress': 0.5,
  resolved: 0.75,
  closed: 1,
}

export function mark(tone: Tone, colour: string, ground: string): ImageData {
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = SIZE * RATIO
  // It is drawn once and read at once: on a graphics card the reading takes longer than the drawing.
  const pen = canvas.getContext('2d', { willReadFrequently: true })!
  pen.scale(RATIO, RATIO)
  const middle = SIZE / 2
  const radius = 7.5

  const shape = new Path2D()
  if (tone === 'near') {
    shape.moveTo(middle, 2.5)
    shape.lineTo(SIZE - 2.5, SIZE - 4)
    shape.lineTo(2.5, SIZE - 4)
    shape.closePath()
  } else if (tone === 'breached') {
    shape.rect(4, 4, SIZE - 8, SIZE - 8)
  } else {
    shape.arc(middle, middle, radius, 0, 2 * Math.PI)
  }
  pen.lineJoin = 'round'
  pen.strokeStyle = ground
  pen.lineWidth = 6
  pen.stroke(shape)
  pen.fillStyle = tone === 'near' || tone === 'breached' || tone === 'paused' ? colour : ground
  pen.fill(shape)
  pen.strokeStyle = colour
  pen.lineWidth = 2.5
  pen.stroke(shape)

  pen.fillStyle = colour
  const part = FILLED[tone]
  if (part !== undefined) {
    pen.beginPath()
    pen.moveTo(middle, middle)
    pen.arc(middle, middle, radius, -Math.PI / 2, -Math.PI / 2 + part * 2 * Math.PI)
    pen.closePath()
    pen.fill()
  }
  if (tone === 'paused') {
    pen.fillStyle = ground
    pen.fillRect(middle - 3.5, middle - 3.5, 2.5, 7)
    pen.fillRect(middle + 1, middle - 3.5, 2.5, 7)
  }
  return pen.getImageData(0, 0, canvas.width, canvas.height)
}
