import type { Same } from '../keys'
import type { push as zh } from '../zh/push'

export const push: Same<typeof zh> = {
  'messages.title': 'Messages',
  'messages.settings': 'Ringing and SMS',
  'messages.empty':
    'No messages yet. When something you reported, or something for you, moves on, it stands here.',
  'messages.new': 'New',
  'messages.earlier': 'Earlier ones',
  'messages.not_yours': 'This is no longer yours to see',
  'messages.month': '{month}',
  'messages.object_until': '{month}; objections until {when}',
  'messages.turn_at': 'Shift from {when}',
  'messages.points': '{n} {n:checkpoint|checkpoints}',
  'messages.cause': '{building}: {n} of "{kind}" within {days} days',
  'messages.about': '{kind} · No. {no}',

  'push.this_phone': 'Ringing on this phone',
  'push.looking': 'Looking whether this phone can ring…',
  'push.state_on': 'Rings',
  'push.state_off': 'Not turned on',
  'push.state_wait': 'Being tried',
  'push.state_not': 'Does not ring',

  'push.off':
    'The phone rings when there is news. First a test message is sent; only when it came, ringing is on.',
  'push.turn_on': 'Turn on and try',
  'push.untested':
    'The test message has gone out to this phone. It takes a few seconds; please keep this page open.',
  'push.on': 'A test message came to this phone. It rings when there is news.',
  'push.test_again': 'Try once more',
  'push.turn_off': 'Do not ring',
  'push.gone':
    'It was on, and then the browser changed its address or stopped. Turn it on again if you want it to ring.',
  'push.silent':
    'The test message did not come: push does not reach this phone. Most Android phones in mainland China are like this; it is nothing you did.',
  'push.try_again': 'Try again',
  'push.refused': 'Notifications are not allowed in the browser, so it cannot ring.',
  'push.refused_how':
    "To let it ring: open the phone's settings, find this browser, turn its notifications on; then allow notifications for this site in the browser's site settings, and come back here.",
  'push.unsupported': 'This browser cannot ring.',
  'push.in_app':
    "This page is open inside another app, where it cannot ring. Please change to the phone's browser.",
  'push.none_here': 'Ringing is not set up here.',
  'push.install_first':
    'An iPhone rings only after this page was put on the home screen and opened from its icon there.',
  'push.install_how': 'How to put it there',
  'push.offline':
    'Not connected: ringing cannot be shown or changed now. Open this page again when there is a signal.',

  'push.instead': 'Without ringing nothing is missed:',
  'push.instead_list': 'All messages stand under Messages; More at the bottom shows how many are new.',
  'push.instead_sms': 'Urgent ones can come by SMS; turn it on below.',
  'push.instead_copy': 'To tell your group, open the ticket and press Copy progress.',

  'sms.title': 'SMS',
  'sms.on': 'Urgent, supervised and overdue tickets by SMS',
  'sms.to': 'To {phone}. At most 10 a day, also at night, without names or addresses.',

  'quiet.title': 'Quiet hours',
  'quiet.on': 'Do not ring at night',
  'quiet.from': 'From',
  'quiet.to': 'To',
  'quiet.then': 'What comes meanwhile rings once, all together, when they end.',
  'quiet.alarms': 'Urgent work for people on duty rings all the same.',
  'quiet.none': 'It rings at any hour.',

  'rings.title': 'What rings',
  'rings.text': 'What is off does not ring; it still stands under Messages.',
  'rings.saved': 'Changed',
}
