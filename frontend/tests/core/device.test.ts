import { describe, expect, it } from 'vitest'
import { appOf, platformOf } from '../../src/core/browser'
import { lines, topicsFor, type Facts } from '../../src/core/device'

const ANDROID =
  'Mozilla/5.0 (Linux; Android 10; HMA-AL00) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/107.0'
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148'

describe('the browser', () => {
  it.each([
    [
      `${ANDROID} Mobile Safari/537.36 MMWEBID/1 MicroMessenger/8.0.44(0x28002C37) WeChat/arm64 NetType/WIFI`,
      'wechat',
    ],
    [`${IPHONE} MicroMessenger/8.0.44(0x18002c2f) NetType/4G Language/zh_CN`, 'wechat'],
    [`${ANDROID} Mobile Safari/537.36 wxwork/4.1.10 MicroMessenger/7.0.1 NetType/WIFI`, 'wecom'],
    [
      `${ANDROID} MQQBrowser/6.2 TBS/046291 Mobile Safari/537.36 V1_AND_SQ_8.9.80_4614 QQ/8.9.80.12440 NetType/WIFI`,
      'qq',
    ],
    [`${IPHONE} QQ/8.9.80.608 V1_IPH_SQ_8.9.80_1_APP_A Pixel/1080`, 'qq'],
    [
      `${ANDROID} Mobile Safari/537.36 NebulaSDK/1.8.100112 Nebula AlipayDefined(nt:WIFI) AliApp(AP/10.5.36) AlipayClient/10.5.36`,
      'alipay',
    ],
    [
      `${ANDROID} Mobile Safari/537.36 AliApp(DingTalk/7.0.50) com.alibaba.android.rimet/1 DingTalk(7.0.50)`,
      'dingtalk',
    ],
    [`${IPHONE} Weibo (iPhone13,2__weibo__13.11.0__iphone__os16.6)`, 'weibo'],
    [`${ANDROID} Mobile Safari/537.36 aweme_270400 JsSdk/1.0 NetType/WIFI Channel/huawei`, 'douyin'],
    [`${IPHONE} aweme_27.4.0 JsSdk/2.0 NetType/WIFI`, 'douyin'],
    [`${ANDROID} Mobile Safari/537.36 Lark/7.1.5 LarkLocale/zh_CN`, 'feishu'],
    [
      `Mozilla/5.0 (Linux; Android 12; M2102K1C Build/SKQ1; wv) AppleWebKit/537.36 Version/4.0 Chrome/99.0 Mobile Safari/537.36`,
      'other',
    ],
  ])('inside another app is known: %s', (agent, app) => {
    expect(appOf(agent)).toBe(app)
  })

  it.each([
    `Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36`,
    `Mozilla/5.0 (Linux; U; Android 12; zh-cn; HMA-AL00) AppleWebKit/537.36 Version/4.0 Chrome/98.0 MQQBrowser/14.4 Mobile Safari/537.36`,
    `Mozilla/5.0 (Linux; Android 10; HMA-AL00; HMSCore 6.12) AppleWebKit/537.36 Chrome/99.0 HuaweiBrowser/14.0.2 Mobile Safari/537.36`,
    `Mozilla/5.0 (Linux; U; Android 13; zh-cn; M2102K1C) AppleWebKit/537.36 Version/4.0 Chrome/100.0 Mobile Safari/537.36 XiaoMi/MiuiBrowser/17.8`,
    `${IPHONE} Version/16.6 Safari/604.1`,
  ])('of its own is not taken for one: %s', (agent) => {
    expect(appOf(agent)).toBeNull()
  })

  it('tells the phone, an iPad that calls itself a Mac too', () => {
    expect(platformOf(ANDROID, 5)).toBe('android')
    expect(platformOf('Mozilla/5.0 (Phone; OpenHarmony 5.0) ArkWeb/4.1.6', 5)).toBe('android')
    expect(platformOf(IPHONE, 5)).toBe('iphone')
    expect(platformOf('Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/16.6 Safari/605', 5)).toBe(
      'iphone',
    )
    expect(platformOf('Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/16.6 Safari/605', 0)).toBe(
      'other',
    )
  })
})

const WELL: Facts = {
  platform: 'android',
  inApp: null,
  installed: true,
  online: true,
  opensOffline: true,
  stores: true,
  persisted: true,
  room: 5e9,
  location: 'granted',
  camera: 'granted',
  saving: false,
  clock_ms: 900,
}
const toneOf = (facts: Partial<Facts>, about: string) =>
  lines({ ...WELL, ...facts }).find((line) => line.about === about)?.tone

describe('this phone now', () => {
  it('has nothing to complain of when all is well', () => {
    expect(lines(WELL).every(({ tone }) => tone === 'good')).toBe(true)
  })

  it('says what is wrong first, and offers what to do about it first', () => {
    const found = lines({ ...WELL, location: 'denied', room: 8e6, persisted: false })
    expect(found.slice(0, 3).map(({ about, tone }) => [about, tone])).toEqual([
      ['location', 'bad'],
      ['room', 'look'],
      ['kept', 'look'],
    ])
    expect(topicsFor(found, null).slice(0, 3)).toEqual(['location', 'storage', 'cleaner'])
    expect(topicsFor(found, 'camera')[0]).toBe('camera')
    expect(new Set(topicsFor(found, 'nonsense')).size).toBe(8)
  })

  it('knows how many photos there is room for', () => {
    expect(lines({ ...WELL, room: 7_000_000 }).find(({ about }) => about === 'room')).toMatchObject({
      n: 20,
      tone: 'look',
    })
    expect(toneOf({ room: 1_000_000 }, 'room')).toBe('bad')
    expect(toneOf({ room: null }, 'room')).toBeUndefined()
  })

  it('warns an iPhone without the icon on its home screen, an Android phone only mentions it', () => {
    expect(toneOf({ installed: false, platform: 'iphone' }, 'installed')).toBe('look')
    expect(toneOf({ installed: false }, 'installed')).toBe('open')
  })

  it('promises nothing inside another app', () => {
    const found = lines({ ...WELL, inApp: 'wechat' })
    expect(found[0]).toMatchObject({ about: 'browser', tone: 'bad', topic: 'in_app' })
    expect(found.map(({ about }) => about)).not.toContain('offline')
    expect(found.map(({ about }) => about)).not.toContain('kept')
  })

  it('does not claim what a browser does not say', () => {
    expect(toneOf({ location: null }, 'location')).toBe('open')
    expect(toneOf({ persisted: null }, 'kept')).toBeUndefined()
    expect(toneOf({ clock_ms: null }, 'clock')).toBeUndefined()
    expect(toneOf({ clock_ms: -3.15e11 }, 'clock')).toBe('look')
    expect(toneOf({ stores: false }, 'store')).toBe('bad')
  })
})
