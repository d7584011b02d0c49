/** Words of the second step at sign-in and of how strictly staff sign in. */
import type { safety as zh } from '../zh/safety'

export const safety: Record<keyof typeof zh, string> = {
  'step.title': 'Second step',
  'step.enter':
    'Open the authenticator on your phone and type the six digits of now. Without the phone, type a recovery code.',
  'step.code': 'Six digits or a recovery code',
  'step.go': 'Go on',
  'step.required':
    'Your role asks for a second step at sign-in. Set it up now; from then on six digits are typed at each sign-in.',
  'step.offer': 'Six digits more at sign-in: whoever learns your password still does not come in.',
  'step.begin': 'Set it up',
  'step.begin_again': 'Another phone: set it up anew',
  'step.scan': 'Scan this code with an authenticator on your phone (any that knows TOTP; no network needed).',
  'step.type': 'If it cannot scan, type this:',
  'step.first': 'The six digits it shows',
  'step.confirm': 'Confirm',
  'step.stands': 'Set up ({since}). {n} recovery {n:code|codes} left.',
  'step.recovery': 'Recovery codes: shown only now',
  'step.recovery_how':
    'They let you in when the phone is lost, each once. Write them down or print them, and keep them where only you find them.',
  'step.print': 'Print',
  'step.kept': 'Kept them, go on',
  'step.lost':
    'Authenticator and recovery codes lost: the security administrator takes your second step off, then set it up anew.',
  'step.image': 'Code for the authenticator',
  'safety.title': 'Sign-in and administrators',
  'safety.apart': 'Administrators apart: system, security and audit are three people',
  'safety.apart_how':
    'The system administrator keeps the roster and the settings, the security administrator the roles, the audit administrator reads the record: who gives roles cannot audit themselves. A district must have them apart.',
  'safety.required': 'Roles that need the second step',
  'safety.required_how':
    'Who has not set it up does so at the next request, before these roles count. Set up your own first.',
  'safety.who': 'Staff',
  'safety.set': '● second step set up',
  'safety.not_set': '▲ no second step',
  'safety.take_off': 'Take it off',
  'safety.take_off_sure': 'Take it off now',
  'safety.kept': 'Saved; it counts from the next request on.',
  'safety.not_yours': 'The security administrator changes this.',
}
