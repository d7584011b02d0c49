import { describe, expect, test } from 'vitest'
import { needsAnotherWay, pushState, SILENT_AFTER_MS, type PushFacts } from '../../src/core/push'

const NOW = Date.parse('2026-11-29T10:00:00Z')

/** An Android phone's browser on which everything works and ringing was asked for. */
function facts(more: Partial<PushFacts> = {}): PushFacts {
  return {
    key: 'BKey',
    platform: 'android',
    inApp: false,
    installed: false,
    supported: true,
    permission: 'granted',
    noService: false,
    phone: { state: 'on', test_at: '2026-11-29T09:00:00Z' },
    subscribed: true,
    now: NOW,
    ...more,
  }
}
const sent = (ago: number) => ({ state: 'untested' as const, test_at: new Date(NOW - ago).toISOString() })

describe('what is said about ringing on this phone', () => {
  test.each([
    ['a test message has come', {}, 'on'],
    ['nobody asked for it', { phone: null, subscribed: false, permission: 'default' }, 'off'],
    ['the test is under way', { phone: sent(5_000) }, 'untested'],
    ['the test has not come', { phone: sent(SILENT_AFTER_MS) }, 'silent'],
    ['the phone has no push service', { noService: true, phone: null }, 'silent'],
    ['the push service dropped it', { phone: { state: 'gone', test_at: null } }, 'gone'],
    ['the browser dropped its address', { subscribed: false }, 'gone'],
    ['notifications were forbidden later', { permission: 'denied' }, 'refused'],
    ['the permission is to be asked for anew', { permission: 'default' }, 'gone'],
    ['the browser cannot', { supported: false }, 'unsupported'],
    ['it is open inside WeChat', { inApp: true, supported: false }, 'in_app'],
    ['an iPhone, not from the home screen', { platform: 'iphone', supported: false }, 'install_first'],
    ['an iPhone, from the home screen', { platform: 'iphone', installed: true }, 'on'],
    ['the installation sends none', { key: null }, 'none_here'],
  ] as const)('%s', (_, more, state) => {
    expect(pushState(facts(more as Partial<PushFacts>))).toBe(state)
  })

  test('whoever cannot be rung is told what works instead', () => {
    const states = ['on', 'off', 'untested', 'gone', 'install_first'] as const
    expect(states.filter(needsAnotherWay)).toEqual([])
    expect(
      (['silent', 'refused', 'unsupported', 'in_app', 'none_here'] as const).every(needsAnotherWay),
    ).toBe(true)
  })
})
