import type { Same } from '../keys'
import type { refusals as zh } from '../zh/refusals'

export const refusals: Same<typeof zh> = {
  'refused.not_signed_in': 'Please sign in again. All that was saved is safe.',
  'refused.sign_in_refused': 'The number or password is not right; please look again.',
  'refused.too_many_tries': 'Too many tries. Wait a while, or call the community.',
  'refused.choose_person': 'Several people use this number; please choose who you are.',
  'refused.sms_off': 'No text messages from here yet. Use the 8 digits on paper or the invitation link.',
  'refused.phone_malformed': 'This phone number does not look right.',
  'refused.invite_unknown':
    'This invitation does not work. Perhaps it was not copied whole; ask the community for a new one.',
  'refused.invite_expired': 'This invitation has expired; ask the community for a new one.',
  'refused.invite_spent': 'This invitation was used. For another phone ask the community for a new one.',
  'refused.invite_revoked': 'This invitation was taken back; ask the community for a new one.',
  'refused.person_disabled': 'This account is closed; please ask the community.',
  'refused.notice_unknown': 'The notice has changed; reload and read it again.',
  'refused.not_permitted': 'Your account may not take this step.',
  'refused.not_found': 'It cannot be found; perhaps you may not see it any more.',
  'refused.ticket_unknown': 'It cannot be found; perhaps you may not see it any more.',
  'refused.erased': 'This was erased as the rules demand and cannot be sent again.',
  'refused.id_taken':
    'It does not agree with what the community has and was not taken. The photos are still here; report again.',
  'refused.predecessor_refused': 'The step before was refused, so this one was not taken.',
  'refused.schema_unknown': 'The program on this phone is too old. Update and send again; all is safe.',
  'refused.quota_exceeded': 'Too much was sent today; it goes out by itself tomorrow.',
  'refused.storage_full':
    'The community’s server is full and being looked after. Your photos are safe here and will be sent.',
  'refused.photos_missing': 'Some photos have not arrived yet; they will be sent again.',
  'refused.photo_unreadable':
    'This photo cannot be opened. Take it here, or choose “Most compatible (JPEG)” in the camera’s settings.',
  'refused.photo_lost_on_phone':
    'The photo was cleared from this phone and cannot be sent. Please take it again.',
  'refused.photo_too_large': 'The photo is too large and was not taken. Take it here.',
  'refused.photo_too_many_pixels': 'The photo is too large and was not taken. Take it here.',
  'refused.photo_too_hard': 'The photo could not be opened and was not taken. Take another.',
  'refused.photo_heic_refused':
    'HEIC photos are not taken. Take it here, or choose “Most compatible” in the camera’s settings.',
  'refused.photo_avif_refused': 'AVIF pictures are not taken. Take the photo here.',
  'refused.photo_gif_refused': 'Animated pictures are not taken. Take the photo here.',
  'refused.photo_animated_refused': 'Animated pictures are not taken. Take the photo here.',
  'refused.photo_tiff_refused': 'TIFF pictures are not taken. Take the photo here.',
  'refused.photo_bmp_refused': 'BMP pictures are not taken. Take the photo here.',
  'refused.photo_svg_refused': 'This is not a photo. Take it here.',
  'refused.photo_pdf_refused': 'This is a PDF, not a photo. Take it here.',
  'refused.photo_video_refused': 'Videos are not taken. Please take a photo.',
  'refused.photo_unknown_refused': 'This is not a photo. Take it here.',
  'refused.photo_empty': 'The photo is empty. Take another.',
  'refused.photo_broken': 'The photo is damaged. Take another.',
  'refused.photo_digest_differs': 'The photo was damaged on its way; it will be sent again.',
  'refused.photo_cut_short': 'The photo did not arrive whole; it will be sent again.',
  'refused.photo_too_slow': 'The network is slow and the photo did not arrive; it will be sent again.',
  'refused.photo_busy': 'The community is busy; it will be sent again.',
  'refused.photo_unknown': 'This photo cannot be found.',
  'refused.text_too_long': 'Too many words; please be shorter.',
  'refused.body.missing': 'Something is missing; add it and send again.',
  'refused.body.needs_one_of': 'Something is missing; add it and send again.',
  'refused.body.unreadable': 'Something could not be read; change it and send again.',
  'refused.body.unknown_field':
    'The program on this phone does not match the community’s; update and send again.',
}
