/** Who is on duty, and what one shift hands to the next. */
import type { TicketBrief } from '../core/shapes'
import { body, client } from './api'
import type { components } from './schema'

type Schemas = components['schemas']
export type Shift = Schemas['ShiftOut']
export type Handovers = Omit<Schemas['HandoversOut'], 'now'> & {
  now: (Omit<Schemas['HandoverList'], 'tickets'> & { tickets: TicketBrief[] })[]
}

/** Those of a span; without one, of this moment. */
export async function shifts(from_at?: string, to_at?: string): Promise<Shift[]> {
  return (await body(client.GET('/api/v1/duty', { params: { query: { from_at, to_at } } }))).shifts
}

export async function putShift(shift_id: string, shift: Schemas['ShiftIn']): Promise<void> {
  await body(client.PUT('/api/v1/duty/{shift_id}', { params: { path: { shift_id } }, body: shift }))
}

export async function endShift(shift_id: string): Promise<void> {
  await body(client.DELETE('/api/v1/duty/{shift_id}', { params: { path: { shift_id } } }))
}

export async function handovers(area_id: string | null): Promise<Handovers> {
  return (await body(
    client.GET('/api/v1/handovers', { params: { query: area_id ? { area_id } : {} } }),
  )) as Handovers
}

export async function handOver(area_id: string | null, note: string): Promise<void> {
  await body(client.POST('/api/v1/handovers', { body: { area_id, note } }))
}

export async function takeOver(handover_id: string): Promise<void> {
  await body(client.POST('/api/v1/handovers/{handover_id}/take', { params: { path: { handover_id } } }))
}
