/** Lists of the desk under names, own ones and those that colleagues share. */
import { body, client } from './api'
import { newId } from './outbox'
import type { components } from './schema'

export type SavedView = components['schemas']['ViewOut']

export async function views(): Promise<SavedView[]> {
  return (await body(client.GET('/api/v1/desk/views'))).views
}

export async function keepView(view: { name: string; query: string; shared: boolean }): Promise<void> {
  await client.PUT('/api/v1/desk/views/{view_id}', { params: { path: { view_id: newId() } }, body: view })
}

export async function dropView(view_id: string): Promise<void> {
  await client.DELETE('/api/v1/desk/views/{view_id}', { params: { path: { view_id } } })
}
