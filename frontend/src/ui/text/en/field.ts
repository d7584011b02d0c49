import type { Same } from '../keys'
import type { field as zh } from '../zh/field'

export const field: Same<typeof zh> = {}
