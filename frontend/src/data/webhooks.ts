/** Programs outside that are told of messages, what became of what was sent, and dead letters. */
import { body, client } from './api'
import type { components } from './schema'

type Schemas = components['schemas']
export type Webhooks = Schemas['WebhooksOut']
export type Webhook = Schemas['WebhookOut']
export type WebhookWish = Schemas['WebhookIn']
export type Delivery = Schemas['DeliveryOut']
export type Deliveries = Schemas['DeliveriesOut']

export async function webhooks(): Promise<Webhooks> {
  return body(client.GET('/api/v1/webhooks'))
}

export async function changeWebhook(webhook_id: string, wish: WebhookWish): Promise<void> {
  await client.PUT('/api/v1/webhooks/{webhook_id}', { params: { path: { webhook_id } }, body: wish })
}

export async function secretOf(webhook_id: string): Promise<string> {
  const answer = await body(
    client.GET('/api/v1/webhooks/{webhook_id}/secret', { params: { path: { webhook_id } } }),
  )
  return answer.secret
}

export async function tryOut(webhook_id: string): Promise<void> {
  await client.POST('/api/v1/webhooks/{webhook_id}/test', { params: { path: { webhook_id } } })
}

/** Of one webhook, or all dead letters; `before` is the last one seen. */
export async function deliveries(
  of: { webhook_id: string } | 'failed',
  before?: Delivery,
): Promise<Deliveries> {
  const which = of === 'failed' ? { failed: true } : { webhook_id: of.webhook_id }
  const from = before ? { before: before.made_at, before_id: before.delivery_id } : {}
  return body(client.GET('/api/v1/deliveries', { params: { query: { ...which, ...from } } }))
}

/** Those that go out once more. */
export async function tryAgain(delivery_ids: string[]): Promise<string[]> {
  return (await body(client.POST('/api/v1/deliveries/try-again', { body: { delivery_ids } }))).delivery_ids
}
