import type { Same } from '../keys'
import type { desk as zh } from '../zh/desk'

export const desk: Same<typeof zh> = {}
