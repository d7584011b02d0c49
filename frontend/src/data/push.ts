/** This phone's subscription to being rung, and what its person wants outside the app. */
import type { components } from './schema'
import type { PushFacts } from '../core/push'
import { appOf, platformOf } from '../core/browser'
import { uuid7 } from '../core/ids'
import { body, client, clockOffset } from './api'
import { transact } from './db'
import { isInstalled } from './device'
import { held, kept, type Fresh } from './kept'
import { currentPerson } from './session'

export type Wishes = components['schemas']['WishesOut']
export type WishesIn = components['schemas']['WishesIn']

const MINE = 'push'
const WISHES = 'wishes'
/** Without the maker's services on the phone some browsers never answer. */
const SERVICE_MS = 20_000

interface Mine {
  subscription_id: string
  endpoint: string
}

/** The browser's push service gave no address: there is none on this phone, or it cannot be reached. */
export class NoPushService extends Error {
  override readonly name = 'NoPushService'
}

function supported(): boolean {
  return 'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window
}

async function registration(): Promise<ServiceWorkerRegistration | null> {
  return (await navigator.serviceWorker?.getRegistration().catch(() => undefined)) ?? null
}

async function subscription(): Promise<PushSubscription | null> {
  return (await (await registration())?.pushManager?.getSubscription()) ?? null
}

async function mine(): Promise<Mine | null> {
  return (await held<Mine>(MINE))?.value ?? null
}

/** All that decides whether this phone can be rung, asked of the browser and of the server now. */
export async function facts(): Promise<PushFacts> {
  const answer = await body(client.GET('/api/v1/my/push'))
  const known = await mine()
  const phone = answer.phones.find((one) => one.subscription_id === known?.subscription_id)
  return {
    platform: platformOf(navigator.userAgent, navigator.maxTouchPoints),
    inApp: appOf(navigator.userAgent) !== null,
    installed: isInstalled(),
    key: answer.key,
    supported: supported() && (await registration()) !== null,
    permission: supported() ? Notification.permission : 'default',
    noService: false,
    phone: phone ? { state: phone.state, test_at: phone.test_at } : null,
    subscribed: known !== null && (await subscription())?.endpoint === known.endpoint,
    now: Date.now() + (clockOffset()?.offset_ms ?? 0),
  }
}

/** Base64url as the browser wants it. */
function bytes(text: string): Uint8Array<ArrayBuffer> {
  const raw = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(raw, (letter) => letter.charCodeAt(0))
}

function inTime<T>(work: Promise<T>): Promise<T> {
  return new Promise((done, fail) => {
    const timer = setTimeout(() => fail(new NoPushService()), SERVICE_MS)
    work.then(done, fail).finally(() => clearTimeout(timer))
  })
}

async function addressFrom(manager: PushManager, key: string): Promise<PushSubscription> {
  const options = { userVisibleOnly: true, applicationServerKey: bytes(key) }
  try {
    return await inTime(manager.subscribe(options))
  } catch (error) {
    const name = (error as Error | null)?.name
    if (name === 'InvalidStateError') {
      // It was made with another key, from before the installation got a new one.
      await (await manager.getSubscription())?.unsubscribe()
      return inTime(manager.subscribe(options))
    }
    if (name === 'NotAllowedError') throw error
    throw new NoPushService()
  }
}

async function hand(found: PushSubscription, language: 'zh' | 'en'): Promise<void> {
  const said = found.toJSON()
  const person_id = currentPerson()?.person_id
  if (!person_id || !said.endpoint || !said.keys) throw new NoPushService()
  const subscription_id =
    (await mine())?.subscription_id ?? uuid7(Date.now(), crypto.getRandomValues(new Uint8Array(10)))
  const keys = { p256dh: said.keys['p256dh'] ?? '', auth: said.keys['auth'] ?? '' }
  await client.PUT('/api/v1/my/push/{subscription_id}', {
    params: { path: { subscription_id } },
    body: { endpoint: said.endpoint, ...keys, language },
  })
  await transact(['kept'], 'readwrite', (tx) =>
    tx.objectStore('kept').put({
      key: MINE,
      person_id,
      at: Date.now(),
      value: { subscription_id, endpoint: said.endpoint },
    }),
  )
}

/**
 * Asks the person, the browser and the server, in this order; a test message is then on its way. Call it in answer to a
 * tap. False: the person said no.
 */
export async function turnOn(key: string, language: 'zh' | 'en'): Promise<boolean> {
  if ((await Notification.requestPermission()) !== 'granted') return false
  const found = await registration()
  if (found === null) throw new NoPushService()
  await hand(await addressFrom(found.pushManager, key), language)
  return true
}

export async function testAgain(): Promise<void> {
  const known = await mine()
  if (known === null) return
  await client.POST('/api/v1/my/push/{subscription_id}/test', {
    params: { path: { subscription_id: known.subscription_id } },
  })
}

/** This phone is rung no more. */
export async function turnOff(): Promise<void> {
  const known = await mine()
  if (known !== null)
    await client.DELETE('/api/v1/my/push/{subscription_id}', {
      params: { path: { subscription_id: known.subscription_id } },
    })
  await letGo()
}

/** Forgets the address here; the server finds out from the push service, or was told. Never throws. */
export async function letGo(): Promise<void> {
  await transact(['kept'], 'readwrite', (tx) => tx.objectStore('kept').delete(MINE)).catch(() => undefined)
  await (await subscription().catch(() => null))?.unsubscribe().catch(() => undefined)
}

/**
 * Once after the start: an address that the browser changed is handed on, and so is the language. On a phone that another
 * person made ring, the address goes: what was theirs must not ring for the next one. Never throws.
 */
export async function keepUp(language: 'zh' | 'en'): Promise<void> {
  try {
    if (!supported() || Notification.permission !== 'granted' || currentPerson() === null) return
    const found = await subscription()
    if (found === null) return
    if ((await mine()) === null) await letGo()
    else await hand(found, language)
  } catch (error) {
    console.warn('push could not be kept up', error)
  }
}

export async function wishes(): Promise<Fresh<Wishes>> {
  return kept(WISHES, async () => body(client.GET('/api/v1/my/wishes')))
}

export async function wish(wanted: WishesIn): Promise<void> {
  await client.PUT('/api/v1/my/wishes', { body: wanted })
}
