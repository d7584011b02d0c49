/** Which browser a page is in, by its user agent. Pure. */

export type Platform = 'android' | 'iphone' | 'other'

export type InApp =
  | 'wechat'
  | 'wecom'
  | 'qq'
  | 'alipay'
  | 'dingtalk'
  | 'weibo'
  | 'douyin'
  | 'toutiao'
  | 'feishu'
  | 'xiaohongshu'
  | 'baidu'
  | 'other'

/** In this order: WeCom says that it is WeChat as well. A browser of QQ's own (MQQBrowser) is none of them. */
const SIGNS: readonly [RegExp, InApp][] = [
  [/wxwork/i, 'wecom'],
  [/MicroMessenger/i, 'wechat'],
  [/DingTalk/i, 'dingtalk'],
  [/\bQQ\//, 'qq'],
  [/AlipayClient/i, 'alipay'],
  [/Weibo/i, 'weibo'],
  [/aweme|BytedanceWebview.*\bdouyin/i, 'douyin'],
  [/NewsArticle|ToutiaoMicroApp/i, 'toutiao'],
  [/\b(Lark|Feishu)\//i, 'feishu'],
  [/xhsdiscover|discover\/\d.*xhs/i, 'xiaohongshu'],
  [/baiduboxapp/i, 'baidu'],
  [/; wv\)|FBAN|FBAV|BytedanceWebview|KsWebView/, 'other'],
]

/** The app whose built-in browser has this user agent; null for a browser of its own. */
export function appOf(agent: string): InApp | null {
  return SIGNS.find(([sign]) => sign.test(agent))?.[1] ?? null
}

/** An iPad says that it is a Mac, but nobody touches a Mac's screen. */
export function platformOf(agent: string, touchPoints: number): Platform {
  if (/Android|HarmonyOS|OpenHarmony/i.test(agent)) return 'android'
  if (/iPhone|iPad|iPod/i.test(agent) || (/Macintosh/.test(agent) && touchPoints > 1)) return 'iphone'
  return 'other'
}
