import type { Same } from '../keys'
import type { shell as zh } from '../zh/shell'

export const shell: Same<typeof zh> = {
  'app.name': 'Gridward',
  'app.invented': 'Demo: people and events are invented',
  'app.loading': 'Opening…',
  'app.new_version': 'A new version is ready',
  'app.update': 'Update',

  'nav.report': 'Report',
  'nav.mine': 'Mine',
  'nav.verify': 'Check',
  'nav.unit': 'Tickets',
  'nav.desk': 'Desk',
  'nav.more': 'More',
  'nav.main': 'Main pages',
  'nav.back': 'Back',
  'nav.home': 'Back to the start',
  'nav.close': 'Close',

  'sync.looking': 'Looking…',
  'sync.unreadable': 'This phone’s store cannot be read: tap to see what to do',
  'sync.clear': 'Everything has reached the community',
  'sync.offline_clear': 'No network. You can still report; it is kept on this phone',
  'sync.unsent': '{n} not sent yet, oldest {when}',
  'sync.sending': 'Sending {n}, please keep this open',
  'sync.attention': '{n} cannot be sent, please have a look',
  'sync.sign_in': 'Sign in again to send {n}; the photos are safe',
  'sync.sending_of': 'Sending {k} of {n}, please keep this open',
  'sync.attention_and': '{n} cannot be sent, please have a look; {m} more not sent yet',
  'sync.sign_in_plain': 'Sign in again to send and receive; what was saved is kept',
  'sync.others': 'Somebody else has {n} unsent on this phone',

  'common.retry': 'Try again',
  'common.cancel': 'Cancel',
  'common.done': 'Done',
  'common.send': 'Send',
  'common.continue': 'Continue',
  'common.call': 'Call {number}',
  'common.telephone': 'Community telephone {number}',
  'common.old': 'As of {when}; no connection now',
  'common.invisible': 'Not visible',

  'state.received': 'To be filed',
  'state.accepted': 'To be assigned',
  'state.assigned': 'To be acknowledged',
  'state.in_progress': 'In progress',
  'state.deferred': 'Deferred',
  'state.shelved': 'Shelved',
  'state.resolved': 'To be verified',
  'state.closed': 'Closed',
  'state.rejected': 'Not taken up',
  'state.split': 'Split',
  'state.cancelled': 'Cancelled',
  'state.merged': 'Merged',
  'state.withdrawn': 'Withdrawn',

  'time.left': '{span} left',
  'time.over': '{span} over',
  'time.paused': 'Clock paused',
  'time.days': '{n} {n:day|days}',
  'time.hours': '{n} h',
  'time.minutes': '{n} min',
  'time.under_minute': 'under 1 min',
  'time.today': 'today {clock}',
  'time.yesterday': 'yesterday {clock}',
  'time.tomorrow': 'tomorrow {clock}',

  'error.offline':
    'The community’s server cannot be reached now. All that was saved is safe; try again with a signal.',
  'error.general':
    'That did not work (code {code}). All that was saved is safe; try again or call the community.',
  'error.unexpected':
    'This page failed. All that was saved is safe. Go back and try again, or call the community.',
  'error.page_away':
    'This page is not on this phone yet: open it once with a network. All that was saved is safe.',
  'error.page_newer':
    'There is a new version: update, then open this page again. All that was saved is safe.',
  'error.not_found': 'This page cannot be found; it may have moved.',
  'error.not_yours': 'This page is not for your account.',
  'error.storage_full': 'Not saved: the phone is full. Delete some photos or videos and press again.',
  'error.storage': 'Not saved: the browser does not allow it. Leave private mode and press again.',
}
