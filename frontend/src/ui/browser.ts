/** Which browser the page is in, as far as a person must act on it. */

export type Phone = 'android' | 'iphone' | 'other'

/** A browser inside another app (WeChat, QQ, Weibo, Alipay, DingTalk): it forgets what a page stores. */
export function inApp(agent = navigator.userAgent): boolean {
  return /MicroMessenger|\bQQ\/|Weibo|AlipayClient|DingTalk|FBAN|FBAV/i.test(agent)
}

export function phone(agent = navigator.userAgent): Phone {
  return /Android|HarmonyOS/i.test(agent) ? 'android' : /iPhone|iPad|iPod/i.test(agent) ? 'iphone' : 'other'
}
