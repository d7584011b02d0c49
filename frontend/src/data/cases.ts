/** What the desk reads around one ticket (requests beside their rule, kin), and of many: supervision orders. */
import { body, client } from './api'
import type { components } from './schema'

type Schemas = components['schemas']
export type Weighed = Schemas['WeighedOut']
export type Measure = Schemas['MeasureOut']
export type RequestsWeighed = Schemas['RequestsWeighed']
export type Kin = Schemas['KinOut']
export type Twin = Schemas['TwinOut']
export type Split = Schemas['SplitOut']
export type Orders = Schemas['OrdersOut']
export type Order = Schemas['OrderOut']

export async function weighed(ticket_id: string): Promise<RequestsWeighed> {
  return body(client.GET('/api/v1/tickets/{ticket_id}/requests', { params: { path: { ticket_id } } }))
}

export async function kin(ticket_id: string): Promise<Kin> {
  return body(client.GET('/api/v1/tickets/{ticket_id}/kin', { params: { path: { ticket_id } } }))
}

/** Where the orders lie as a file. */
export function ordersFile(open: boolean, format: 'xlsx' | 'csv', lang: 'zh' | 'en', skip: number): string {
  return `/api/v1/supervision-orders/file?${new URLSearchParams({ open: String(open), format, lang, skip: String(skip) })}`
}

export async function orders(open: boolean): Promise<Orders> {
  return body(client.GET('/api/v1/supervision-orders', { params: { query: { open } } }))
}
