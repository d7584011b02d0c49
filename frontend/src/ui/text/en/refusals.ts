import type { Same } from '../keys'
import type { refusals as zh } from '../zh/refusals'

export const refusals: Same<typeof zh> = {}
