import type { Same } from '../keys'
import type { report as zh } from '../zh/report'

export const report: Same<typeof zh> = {}
