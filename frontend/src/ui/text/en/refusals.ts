import type { Same } from '../keys'
import type { refusals as zh } from '../zh/refusals'

export const refusals: Same<typeof zh> = {
  'refused.not_signed_in': 'Please sign in again. All that was saved is safe.',
  'refused.other_person':
    'Somebody else is signed in on this phone now. What you saved is kept and goes out once you sign in.',
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
  'refused.cause.unknown': 'There is no such cause, or it is not yours to see.',
  'refused.cause.decided':
    'Somebody has just decided on this. Look at it again; what you wrote was not kept.',
  'refused.cause.words_missing': 'Say what is done, or why it is no cause. Nothing was changed.',
  'refused.cause.words_too_long': 'Too long: at most {most} characters. Nothing was changed.',
  'refused.cause.rule_out_of_range':
    'The number must be between {least} and {most}. The rule was not changed.',
  'refused.cause.category_unknown': 'There is no such kind. The rule was not changed; choose again.',
  'refused.form.unknown': 'There is no such form; perhaps it is no longer used.',
  'refused.form.not_a_workbook':
    'This file cannot be opened. Save it as .xlsx (without macros) and upload it again. The form that was kept is untouched.',
  'refused.form.no_headings':
    'No line of headings was found on the first sheet. Put the sheet with the headings first.',
  'refused.form.too_wide': 'The form is too wide: at most {most} columns.',
  'refused.form.name_missing': 'Give the form a name of at most {most} characters.',
  'refused.form.column_unknown':
    'Column {column} cannot be filled with this. Nothing was changed; choose again.',
  'refused.form.too_many_rows':
    'More than {most} rows in this month: too many for one form. Export by community, or export the register.',
  'refused.not_found': 'It cannot be found; perhaps you may not see it any more.',
  'refused.ticket_unknown': 'It cannot be found; perhaps you may not see it any more.',
  'refused.erased': 'This was erased as the rules demand and cannot be sent again.',
  'refused.id_taken':
    'It does not agree with what the community has and was not taken. The photos are still here; report again.',
  'refused.predecessor_refused': 'The step before was refused, so this one was not taken.',
  'refused.schema_unknown': 'The program on this phone is too old. Update and send again; all is safe.',
  'refused.quota_exceeded': 'Too much was sent today; it goes out by itself tomorrow.',
  'refused.storage_unavailable':
    'Photos cannot be stored at the moment. They are kept on this phone and will be sent again.',
  'refused.storage_full':
    "The community's server is full and being looked after. Your photos are safe here and will be sent.",
  'refused.photos_missing': 'Some photos have not arrived yet; they will be sent again.',
  'refused.photo_heic':
    'This photo is in the HEIC format, which this browser cannot open. Take it here, or set the camera to JPEG ("Most compatible").',
  'refused.photo_stuck':
    'The phone could not finish this photo and has not kept it. Please take it again; if that does not help, close other apps or restart the phone.',
  'refused.photo_unreadable':
    'This photo cannot be opened. Take it here, or choose "Most compatible (JPEG)" in the camera\'s settings.',
  'refused.store_unreadable':
    "This phone's store cannot be read. What was not sent may still be in it: do not clear browser data. Close all pages of this app and open it again; if that does not help, call the community.",
  'refused.photo_lost_on_phone':
    'The photo was cleared from this phone and cannot be sent. Please take it again.',
  'refused.photo_too_large': 'The photo is too large and was not taken. Take it here.',
  'refused.photo_too_many_pixels': 'The photo is too large and was not taken. Take it here.',
  'refused.photo_too_hard': 'The photo could not be opened and was not taken. Take another.',
  'refused.photo_heic_refused':
    'HEIC photos are not taken. Take it here, or choose "Most compatible" in the camera\'s settings.',
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
  'refused.photo_digest_differs':
    'The photo arrived damaged and was not taken. It is still on this phone: send it again, and if that fails too, take another.',
  'refused.photo_cut_short': 'The photo did not arrive whole; it will be sent again.',
  'refused.photo_too_slow': 'The network is slow and the photo did not arrive; it will be sent again.',
  'refused.overloaded': 'The community is busy; it will be sent again.',
  'refused.request_too_slow': 'The network is slow and this did not arrive; it will be sent again.',
  'refused.photo_busy': 'The community is busy; it will be sent again.',
  'refused.photo_unknown': 'This photo cannot be found.',
  'refused.text_too_long': 'Too many words; please be shorter.',
  'refused.body.missing': 'Something is missing; add it and send again.',
  'refused.body.needs_one_of': 'Something is missing; add it and send again.',
  'refused.body.unreadable': 'Something could not be read; change it and send again.',
  'refused.body.unknown_field':
    "The program on this phone does not match the community's; update and send again.",
  'refused.malformed': 'Something could not be read; change it and try again.',
  'refused.too_large':
    'Too large; it was not taken. What you wrote is still here: make it shorter and send it again.',
  'refused.database_unavailable': "The community's server is busy; it will be tried again.",
  'refused.method_not_allowed': "The program here does not match the community's; please update.",
  'refused.refused': 'That did not work; try again or call the community.',
  'refused.origin_foreign': "Please open this from the community's own address.",
  'refused.ticket.unknown': 'It cannot be found; perhaps you may not see it any more.',
  'refused.ticket.not_a_step':
    'This step is not possible any more; somebody may have dealt with it just now. Your photos are kept.',
  'refused.ticket.merged': 'This was put together with another ticket; please act there.',
  'refused.ticket.no_unit': 'No unit holds it yet, so this step is not possible.',
  'refused.ticket.stale_assignment':
    'It was given to another unit meanwhile, so this step does not count. Your photos are kept for the desk.',
  'refused.ticket.stale_resolution': 'There is a newer result; look at it before you verify.',
  'refused.operation_unknown': "The program here does not match the community's; update and send again.",
  'refused.evidence.missing': 'Proof is missing: add the photo or answer that is asked for.',
  'refused.reason.unknown': 'This reason is not on the list; choose another.',
  'refused.verify.own_unit': 'Somebody outside the unit has to verify this.',
  'refused.check.own_report': 'Another steward has to look at your own report.',
  'refused.withdraw.not_reporter': 'Only the reporter can withdraw it.',
  'refused.rate.once': 'It was already rated in this round.',
  'refused.report.joined_already': 'You have already said that you saw it too.',
  'refused.milestone.reached_already': 'This stage is already done.',
  'refused.milestone.unknown': 'There is no such stage.',
  'refused.late_work.unknown': 'No late work is waiting here.',
  'refused.request.open': 'The same request still waits for an answer.',
  'refused.request.not_open': 'This request has been answered already.',
  'refused.request.not_yours': 'Somebody else made this request.',
  'refused.request.own': 'You made this request for the unit; somebody else decides on it.',
  'refused.request.not_yours_to_grant': 'This is for {roles} to decide.',
  'refused.request.until_past': 'That day is past; choose another.',
  'refused.send_back.asked_already': 'A send-back was already asked for; it can be asked only once.',
  'refused.send_back.too_late': 'It is too late to send this back. Please act on it, or call the desk.',
  'refused.appeal.not_your_clock': "This clock is not your unit's.",
  'refused.appeal.same_person': 'Somebody else has to hear this appeal.',
  'refused.appeal.unknown_clock': 'There is no such clock.',
  'refused.predecessor_unanswered':
    'The step before has not arrived, so this one was not taken. It is still on this phone: look how the ticket stands, then send it again.',
  'refused.merge.target_not_open': 'The ticket to join is no longer open.',
  'refused.merge.target_unknown': 'The ticket to join cannot be found.',
  'refused.split.child_known': 'An id of the parts was used already; try again.',
  'refused.split.child_not_open': 'This part is no longer open.',
  'refused.split.child_open': 'Some parts are still open.',
  'refused.split.not_yet': "It is not this unit's turn yet.",
  'refused.split.on_turn': "It is already this unit's turn.",
  'refused.split.one_lead': 'A split needs one lead, and only one.',
  'refused.split.parts': 'A split needs 2 to 10 units.',
  'refused.split.twice': 'A unit can hold only one part.',
  'refused.split.unknown_child': 'This part cannot be found.',
  'refused.supervision.not_open': 'This supervision order was answered already.',
  'refused.shirking.not_on_ticket': 'That unit never had this ticket.',
  'refused.shirking.ruled_already': 'This has been ruled already.',
  'refused.suspension.applied_already': 'This suspension was applied already.',
  'refused.ticket.busy': 'Somebody is working on this just now; it will be tried again.',
  'refused.suspension.no_notice': 'The notice is missing: say whose it is, its number and day.',
  'refused.suspension.area_unknown': 'One of the areas is not there any more; please choose again.',
  'refused.suspension.no_span': "The suspension's times are not right.",
  'refused.suspension.unknown': 'This suspension cannot be found.',
  'refused.condition.unknown': 'This condition cannot be found.',
  'refused.condition.without_category': 'This condition has no category.',
  'refused.category.unknown': 'This category cannot be found.',
  'refused.grid_unknown': 'This grid cannot be found.',
  'refused.unit_unknown': 'This unit cannot be found.',
  'refused.worker_unknown': "This person is not on the unit's roster.",
  'refused.standard.none': 'No standard is in force yet; the administrator imports one first.',
  'refused.standard.unknown': 'This version of the standard cannot be found.',
  'refused.calendar.missing': 'A working calendar is missing; the administrator publishes it first.',
  'refused.layer_too_large': 'This layer is too large; look at one community at a time.',
  'refused.query_unreadable': 'The search could not be read; change it.',
  'refused.tile_unknown': 'There is no such piece of the map; move it back.',
  'refused.page_unreadable': 'The page could not be read; start again.',
  'refused.cursor_unreadable': 'The sync position could not be read; it starts anew.',
  'refused.no_cursor': 'The sync position is missing; it starts anew.',
  'refused.must_refetch': 'The data moved on; it is fetched anew.',
  'refused.scope_not_yours': 'This is outside your scope.',
  'refused.rules_malformed': 'The rules are not well formed and were not published.',
  'refused.rules_version_unknown': 'There is no such version of the rules.',
  'refused.rules_moved_on': 'Somebody has just changed the rules; reload before you change them.',
  'refused.rules_refused': 'The rules have faults and were not published; see the marked ones.',
  'refused.unit_names.moved_on': 'Somebody has just changed this; reload first.',
  'refused.unit_names.area': 'This area cannot be found.',
  'refused.unit_names.line': 'This line needs a kind of unit or a unit.',
  'refused.unit_names.unit': 'This unit cannot be found.',
  'refused.admins_apart': 'System, security and audit administrators must be different people.',
  'refused.disable_self': 'You cannot close your own account.',
  'refused.erase_self': 'You cannot erase your own account; another administrator has to do it.',
  'refused.report_unknown': 'There is no such report, or it was erased already.',
  'refused.erasure_unreadable':
    'The list of erasures cannot be read; an administrator has to look at the file.',
  'refused.grant_held': 'This person already has that role.',
  'refused.grant_to_self': 'You cannot give yourself a role.',
  'refused.grant_unknown': 'This role cannot be found.',
  'refused.grid_has_lead_steward': 'This grid already has a lead steward.',
  'refused.login_malformed': 'The login is not well formed.',
  'refused.login_taken': 'This login is taken.',
  'refused.name_missing': 'A name is needed.',
  'refused.password_guessable': 'The password is easy to guess; choose a longer one.',
  'refused.period_over': 'The end must be after the start.',
  'refused.person_known': 'This person is already on the roster.',
  'refused.standard.moved_on':
    'Somebody has just published version {version}. Nothing of yours was published; choose the newest version and change that.',
  'refused.person_unknown': 'This person is not on the roster.',
  'refused.scope_kind_wrong': 'This role cannot have that kind of scope.',
  'refused.scope_unknown': 'This scope cannot be found.',
  'refused.code_malformed': 'The code does not have the right number of digits.',
  'refused.photo_digest_malformed': "The photo's name is not right; take another.",
  'refused.reusable_for_invented_people_only': 'Only demo accounts have reusable invitations.',
  'refused.import_under_way': 'Somebody else is importing or changing grids. Try again when they are done.',
  'refused.date_too_early': 'That day is too early: a change may begin at most a year ago.',
  'refused.too_many_grids': 'Too many grids at once (at most {most}). Import a file at the command line.',
  'refused.cut_misses':
    'The line does not cut the grid into exactly two (it makes {parts}). Draw it right across the grid.',
  'refused.geometry_unreadable':
    'The boundary of grid {text} cannot be read. It must be a GeoJSON Polygon or MultiPolygon.',
  'refused.geometry_too_detailed':
    'The boundary of grid {text} has too many points (at most {most}). Simplify it first.',
  'refused.territory_moved_on':
    'Things have just changed: it would move something else than you were shown. Look again, then publish.',
  'refused.territory_refused': 'It cannot be changed like this; the reasons are listed. Nothing was changed.',
  'refused.consent_needed':
    'Something still needs your consent: look at it and tick it. Nothing was changed.',
  'refused.nothing_changes': 'These are the boundaries that stand already.',
  'refused.period_unreadable':
    'These days cannot be read: the last is not before the first, three years at most.',
  'refused.standard.valid_from':
    'A new version can hold from {earliest} at the earliest: not before today, nor before the last one began.',
  'refused.standard.conditions_in_use':
    'Conditions that would go are still in use; they are listed below. Confirm each to publish. Nothing was changed.',
  'refused.standard.rows_refused':
    'Some rows cannot be read; they are listed below. Correct the file, or confirm to leave them out. Nothing was published.',
  'refused.standard.document': 'The file is wrong at "{place}": {why}. Nothing was published.',
  'refused.import.not_a_workbook': 'This is no .xlsx workbook. Save an older .xls as .xlsx first.',
  'refused.import.no_headings': 'No line of headings was found: 小类代码, 小类名称 and 立案条件 are needed.',
  'refused.import.too_large': 'The file is too large. Is it the right one?',
  'refused.calendar.moved_on': 'Somebody has just published a new version. Reload and look again.',
  'refused.calendar.past':
    'This would change days gone by. See which tickets it moves, confirm, then publish. Nothing was changed.',
  'refused.calendar.unknown': 'There is no such calendar.',
  'refused.calendar.shift': 'A shift is wrong: it must end after it begins, between 0:00 and 24:00.',
  'refused.calendar.shifts_overlap': 'Two shifts of {day} overlap.',
  'refused.calendar.week': 'A week has seven days.',
  'refused.calendar.time_zone': 'Nobody knows the time zone "{time_zone}".',
  'refused.emergency.not_a_profile': 'This version is no emergency profile.',
  'refused.emergency.areas': 'Nobody knows these areas: {unknown}.',
  'refused.emergency.period':
    'The period is wrong: from now or later, ending after it begins, at most {most_days} days.',
  'refused.emergency.overlaps': 'This profile already holds then in one of these areas.',
  'refused.emergency.unknown': 'There is no such emergency.',
  'refused.emergency.over': 'This emergency is over already.',
  'refused.place_types.line': 'The line for "{place}" is wrong: no such place, or it is there twice.',
  'refused.not_degrees':
    'These coordinates do not look like degrees (metres or feet, perhaps). Say which system they are in; nothing was imported.',
  'refused.far_outside':
    'Most points lie far from this jurisdiction. Check the coordinate system and the file; nothing was imported.',
  'refused.date_order_needed':
    'The dates can be read in two ways (day or month first). Say which comes first; nothing was imported.',
  'refused.time_zone_unknown': 'Unknown time zone "{text}". Write it like Asia/Shanghai.',
  'refused.time_zone_needed': 'The times name no zone. Say which zone they are in; nothing was imported.',
  'refused.batch_of_other_file': 'This batch name belongs to another file. Choose another name.',
  'refused.batch_read_otherwise':
    'This batch was read with other declarations before (zone, coordinates or mapping). Use the same ones, or choose another name.',
  'refused.rule.unknown': '"{name}" is neither a version of a standard nor of a calendar.',
  'refused.push_host_unknown':
    "This browser's push service is not on our list, so this phone cannot be rung. All messages stand under Messages.",
  'refused.push_keys_unreadable':
    'What the browser said about push cannot be read; nothing was turned on. Close the page, open it again and try once more.',
  'refused.push_off': 'Push is not set up here. All messages stand under Messages.',
  'refused.push_test_too_soon': 'A test message has just gone out; try again in {retry_after_s} seconds.',
  'refused.push_test_over': 'That test message is out of date. Please try again.',
  'refused.webhook.host_unknown':
    'The host of this address is not on the list ({hosts}), or it is not https. Ask the operator to add it to GRIDWARD_WEBHOOK_HOSTS. Nothing was changed.',
  'refused.webhook.kinds': 'Choose at least one kind of message. Nothing was changed.',
  'refused.webhook.unknown': 'This webhook is not here. Open the page again.',
  'refused.webhook.off':
    'Webhooks are not set up: the operator has to name the hosts in GRIDWARD_WEBHOOK_HOSTS first. Nothing was changed.',
  'refused.delivery.too_many':
    'Too many at once (at most {most}). Send them in several goes. Nothing was changed.',
  'refused.statement.unknown': "This statement is not here, or not your unit's. Open it from the list again.",
  'refused.statement.line_unknown': 'This statement has no such line. Open it again. Nothing was changed.',
  'refused.statement.month': 'This month cannot be read ({month}): write it like 2026-11.',
  'refused.objection.unknown': 'This objection is not here. Open the page again. Nothing was changed.',
  'refused.objection.too_late':
    'The time for objections is over (until {until}). You can still appeal on the ticket. Nothing was sent.',
  'refused.objection.one_open': 'An objection to this line waits for its answer already.',
  'refused.said_for.nobody': 'Say who of the unit said so. Nothing was sent.',
  'refused.objection.no_words': 'Say what is wrong and on which ground. Nothing was sent.',
  'refused.objection.decided':
    'This objection was decided a moment ago. Open the page again. Nothing was changed.',
  'refused.objection.no_answer': 'Give the reason; the unit reads it. Nothing was sent.',
  'refused.explanation.no_breach': 'Only a line that is late can carry an explanation. Nothing was sent.',
  'refused.explanation.no_words': 'Write a few words of explanation. Nothing was sent.',
  'refused.publication.none': 'The figures of this month are not published yet.',
  'refused.publication.published':
    'This month has been published. To change a number, publish a correction. Nothing was changed.',
  'refused.publication.month_not_over': 'This month is not over. Nothing was published.',
  'refused.publication.no_statements':
    'There are no statements of this month yet (made on day 3 of the next). Nothing was published.',
  'refused.publication.may_still_object': 'Units may still object, until {until}. Nothing was published.',
  'refused.publication.objections_open':
    '{count} objections have no answer yet. Decide them first. Nothing was published.',
  'refused.publication.granted_unchanged':
    '{count} granted objections are not put right on their tickets yet. Do that first. Nothing was published.',
  'refused.correction.no_reason': 'Give the reason of the correction. Nothing was published.',
  'refused.correction.nothing': 'The figures are what was last published. There is nothing to correct.',
  'refused.anchor_unreadable': 'Line {line} of the file of seals cannot be read: it was changed or damaged.',
  'refused.push_unknown': 'Push has been turned off for this phone. Turn it on again if you want it to ring.',
  'refused.quiet_hours_empty':
    'Quiet hours begin and end at the same time. Change one of them, or choose no quiet hours. Nothing was changed.',
  'refused.progress.words_with_number':
    'Something in it looks like a phone number: it cannot stand on a page for everybody. Nothing was changed.',
  'refused.progress.words_with_house_no':
    'Something in it looks like a house number: it cannot stand on a page for everybody. Nothing was changed.',
  'refused.progress.words_unknown':
    'The unit has just said something newer. Open it again. Nothing was changed.',
  'refused.progress.boxes_unreadable':
    'Box {box} cannot be read: remove it and draw it again. Nothing is shown.',
  'refused.progress.too_many_boxes': 'Too many boxes (at most {most}): draw larger ones. Nothing is shown.',
  'refused.progress.photo_hidden': 'This photo is hidden: it cannot be shown to everybody.',
  'refused.progress.photo_is_proof': 'This is a paper kept as proof: it does not go on the public page.',
  'refused.progress.no_copy': 'There is no public copy of this photo yet.',
  'refused.plan.no_condition': 'It is not clear which condition applies: choose one first.',
  'refused.plan.no_grid': 'It lies in no grid: correct its place or grid first.',
  'refused.plan.no_unit': 'The rules suggest no unit: choose one.',
  'refused.plan.has_unit': 'That unit has it already.',
  'refused.desk_full': 'There are {most} already: remove some that are not needed. Nothing was saved.',
  'refused.title_missing': 'Please give it a name or words. Nothing was saved.',
  'refused.view_unreadable': 'The address of this list cannot be read. Nothing was saved.',
  'refused.words_too_long': 'Too long: {most} characters at most. Nothing was saved.',
  'refused.view_unknown': 'There is no such view.',
  'refused.phrase_unknown': 'There is no such phrase.',
  'refused.link_unknown': 'This link does not open: it has run out or was taken back.',
  'refused.link.no_unit': 'No unit has work on this now, so there is no link to send.',
  'refused.link.who_first': 'Say your name and number first.',
  'refused.link.elsewhere': 'This is not with that unit now.',
  'refused.link.act_unknown': 'This page cannot do that.',
  'refused.link.name_missing': 'Your name, please.',
  'refused.link.phone_unreadable': 'A number that can be called, please.',
  'refused.message_too_long': 'Too long, at most {most} characters. Please split it into several reports.',
  'refused.patrol.off':
    'Patrol records are not turned on for you here; the community has not taken it and keeps no position of yours. Reports are not affected. Ask a supervisor to turn them on.',
  'refused.patrol.plan_unknown': 'There is no such plan, or you are not in it.',
  'refused.patrol.plan_moved':
    'Somebody else has just changed this plan. Refresh and change it again; what you typed is still on the screen.',
  'refused.patrol.rota_unreadable': 'The shifts are not right: {field}.',
  'refused.patrol.grids_unknown': 'Choose grids of this community, at most {most}.',
  'refused.patrol.members_unknown': 'Somebody in a team is no steward or volunteer; choose again.',
  'refused.patrol.checkpoint_unreadable':
    'Checkpoint {place} is not right: it needs a name and a circle of {least} to {most} m.',
  'refused.patrol.rules_unreadable': 'This number lies between {least} and {most} metres. Nothing was saved.',
  'refused.patrol.route_unreadable':
    'Line {place} of the route cannot be read: two places or more in each, {most} in all at most. Nothing was saved.',
  'refused.patrol.checkpoint_unknown': 'There is no such checkpoint.',
  'refused.patrol.hours_off':
    'Service hours are off here, so there is nothing to export. A supervisor turns them on under Patrols, On or off, with a reason.',
  'refused.patrol.hours_of_nobody': 'To count hours, first choose for whom patrols are recorded.',
  'refused.patrol.no_reason': 'Give a reason, at most {most} characters.',
  'refused.patrol.unknown': 'There is no such patrol, or not for you.',
  'refused.patrol.operation_unknown':
    'The server does not know this step; update the app. It is still on the phone.',
  'refused.patrol.fixes_unreadable':
    'This part of the way cannot be read and was not taken; it is still on the phone.',
  'refused.patrol.too_many_fixes': 'At most {most} positions at once.',
  'refused.patrol.check_in_unreadable': 'This check-in cannot be read; please check in again.',
  'refused.duty.name_missing': 'Who is on duty? A name, please.',
  'refused.duty.telephone_unreadable': 'A number that can be called, please.',
  'refused.duty.no_span': 'It must end after it begins, and last at most {most_days} days.',
  'refused.area_unknown': 'There is no such community.',
  'refused.duty.unknown': 'There is no such shift; it may have been deleted.',
  'refused.handover.note_too_long': 'Too long, at most {most} characters.',
  'refused.handover.unknown': 'There is no such handover.',
  'refused.handover.own': 'Whoever comes next takes it, not its writer.',
  'refused.handover.taken': 'Somebody has taken it already.',
  'refused.household.unknown': 'There is no such household, or it is not one of yours.',
  'refused.household.building_unknown': 'There is no such building; import the buildings first.',
  'refused.household.changed':
    'Somebody has just changed this household. Open it again; what you typed is still on this page.',
  'refused.household.room_taken': 'There is a household at this door already. Nothing was saved.',
  'refused.household.ended':
    'This household has moved away, was merged or erased; it cannot be changed any more.',
  'refused.household.no_consent':
    'This household has not agreed yet. Read the text to them and note that they agree. Nothing was saved.',
  'refused.household.consent_version': 'The text has changed: open this page again and read it anew.',
  'refused.household.no_number': 'No number is registered.',
  'refused.household.merge_self': 'It cannot be merged with itself.',
  'refused.household.place_too_long':
    'Floor or room is too long, at most {most} characters. Nothing was saved.',
  'refused.household.id_number':
    'There is an identity number in it. These are kept nowhere: please take it out.',
  'refused.household.name_too_long': 'The name is too long, at most {most} characters. Nothing was saved.',
  'refused.household.need_unknown': 'A need is one of: visits at home, company to the doctor, lives alone.',
  'refused.household.employer_missing': 'Which employer or branch do they come from? Nothing was saved.',
  'refused.tie.not_a_liaison': 'This person is no liaison of that community. Nothing was changed.',
  'refused.tie.too_many':
    'That would be {load} households for one person; {most} are the most. Nothing was changed.',
  'refused.visit.note_too_long':
    'The note is too long, at most {most} characters. What you wrote is still on this phone.',
  'refused.visit.household_erased':
    'This household asked to be forgotten: the day and the outcome are kept, what you wrote was not stored.',
  'refused.import_moved_on':
    'Something changed since you looked. Look again, then import. Nothing was changed.',
  'refused.period_begun': 'That day has passed. Choose a later one, or leave it empty for now.',
  'refused.staff_begins_now':
    'Roles at the desk begin at once and cannot be planned ahead. Give it on that day. Nothing was changed.',
  'refused.last_admin':
    'Nobody else holds "{role}"; without it nobody could give it again. Give it to somebody else first. Nothing was changed.',
  'refused.unit.unknown': 'There is no such unit, or it was closed. Load the page again.',
  'refused.unit.closed': 'The unit of this code was closed. Choose another code. Nothing was saved.',
  'refused.unit.has_tickets':
    '{count} {count:ticket is|tickets are} still with this unit. Assign or finish them first. Nothing was changed.',
  'refused.unit.in_rules':
    'Rules or the duty list still name this unit ({rules}). Change them under "Rules" first. Nothing was changed.',
  'refused.unit.is_last_resort':
    'This unit is a last resort. Take that away and name another one first. Nothing was changed.',
  'refused.service_area.unknown': 'There is no such service area. Load the page again.',
  'refused.headings_missing':
    'No headings found. Name (姓名) and phone (手机) are needed. Nothing was changed.',
  'refused.too_many_lines': 'One import takes {most} lines. Split the file. Nothing was changed.',
  'refused.file_too_large': 'The file is too large: split it. Nothing was changed.',
  'refused.file_unreadable':
    'The file cannot be read: an .xlsx, or a .csv in UTF-8 or GB18030 is needed. Nothing was changed.',
  'refused.staff_only': 'Only roles of staff can need the second step. Nothing was saved.',
  'refused.admins_not_apart':
    '{name} holds two administrator roles. End one of them first. Nothing was saved.',
  'refused.second_step.own_first':
    'Set up your own second step first (More → Second step at sign-in). Nothing was saved.',
  'refused.second_step.first': 'Pass the second step first, then change it. Nothing was changed.',
  'refused.second_step.not_begun':
    'The second step was not begun. Choose "Set it up", then type the six digits.',
  'refused.second_step.wrong': 'Not the right number, or used already. Wait for the next one and type that.',
  'refused.second_step.own': 'Nobody takes off their own second step; another security administrator does.',
  'refused.second_step.unreadable':
    "The second step cannot be read (the server's key was changed). The security administrator takes it off; then set it up anew.",
}
