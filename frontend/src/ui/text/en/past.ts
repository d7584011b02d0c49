/** Words of bringing in another system's tickets. */
import type { past as zh } from '../zh/past'

export const past: Record<keyof typeof zh, string> = {
  'past.how':
    'Brings in the tickets that another system exported (CSV, xlsx or GeoJSON): first what would come in and which rows are at fault, then a thousand rows at a time. Cut off, choose the same file again and it goes on; nothing comes in twice. There is no undo.',
  'past.size':
    'At most 6 MB and 20,000 rows at a time. Split what is larger by month or year, or have it imported by the command gridward import tickets.',
  'past.too_large':
    'The file is larger than 6 MB; it was not sent and nothing was changed. Split it by month or year, or have it imported by the command gridward import tickets.',
  'past.time_zone': 'Which clock showed its times',
  'past.time_zone_said': 'empty where every time says its zone',
  'past.columns': 'Which column is what',
  'past.columns_how':
    'What the headings tell is chosen already. Columns that are not chosen are neither read nor kept.',
  'past.no_column': 'no such column',
  'past.column.id': 'Number (needed)',
  'past.column.opened': 'Opened (needed)',
  'past.column.category': 'Category (needed)',
  'past.column.due': 'Due',
  'past.column.closed': 'Closed',
  'past.column.unit': 'Unit',
  'past.column.on_time': 'On time (flag)',
  'past.column.overdue': 'Overdue (flag)',
  'past.column.lon': 'Longitude',
  'past.column.lat': 'Latitude',
  'past.column.x': 'x (metres or feet)',
  'past.column.y': 'y (metres or feet)',
  'past.column.point': 'Place (WKT)',
  'past.more': 'More about the file',
  'past.dates': 'Dates such as 05/01/2026',
  'past.dates.by_file': 'as the dates of the file tell',
  'past.dates.month-first': 'month first',
  'past.dates.day-first': 'day first',
  'past.system': 'Name of the system (only where several used the same numbers)',
  'past.exchanged': 'Latitude and longitude are exchanged',
  'past.batch_begun': '{n} rows of this file are in already (batch {batch}); the import can go on.',
  'past.batch_finished': 'All of this file is in already (batch {batch}).',
  'past.look_again': 'Something was changed since: have another look first.',
  'past.go_on': 'Go on',
  'past.running': 'Import',
  'past.progress': '{n} {n:row|rows} in, {left} to come',
  'past.stay':
    'Keep this page open. It goes on by itself after the network was away; if it was closed, choose the same file again.',
  'past.stop': 'Stop',
  'past.stopped':
    'Stopped. What came in stays; going on, or choosing the same file another day, continues from here.',
  'past.done': 'All of it is in: {n} {n:row|rows} (batch {batch}).',
  'past.about':
    '{closed} closed, {open} open, {without} without a place; opened {from} to {to}; times in {zone}, places in {crs}.',
  'past.zone_in_file': "the file's own",
  'past.no_places': 'none',
  'past.on_time': 'On time and overdue',
  'past.on_time_how':
    "Counted from the times and held against the file's own flag: {agree} agree, {disagree} differ.",
  'past.by_times': 'By its times',
  'past.flag.on_time': 'flag: on time',
  'past.flag.overdue': 'flag: overdue',
  'past.flag.none': 'no flag',
  'past.counted.on_time': 'on time',
  'past.counted.overdue': 'overdue',
  'past.counted.not_due_yet': 'not due yet',
  'past.counted.no_due': 'no due time',
  'past.differ': 'Rows that differ',
  'past.differ_row': '{id}: by its times {counted}, {flag}',
  'past.routing': 'Against the rules of today',
  'past.routing_how':
    'Of {askable} rows with a place, a category and a unit {asked} were asked: {same} same unit, {other} another, {tray} to the dispatcher. It compares and moves nothing.',
  'past.routing_doubts': 'Why to the dispatcher: {doubts}',
  'past.routing.unit': 'Unit in the file',
  'past.routing.rules': 'Unit of the rules',
  'past.routing.rows': 'Rows',
  'past.words.categories': 'What its categories are here',
  'past.words.categories_how':
    'Choose a category of ours, then have another look. Rows without one stay out.',
  'past.words.units': 'Who its units are here',
  'past.words.units_how':
    'Choose a unit of ours, then have another look. Rows without one come in without a unit.',
  'past.words.row': '{word} ({n} {n:row|rows})',
  'past.words.rest': 'All others are',
  'past.words.none': 'nothing here',
  'finding.category_unmapped':
    'No category here is called so. Say below which one it is, then have another look.',
  'finding.category_unknown': 'The standard in force has no such category. Choose another.',
  'finding.category_missing': 'It does not say what kind of problem it was.',
  'finding.id_missing': 'No number of its own: it could come in twice.',
  'finding.duplicate_id': 'An earlier row has this number.',
  'finding.imported_otherwise':
    'Imported before with other content. What was imported lives on here and is not rewritten.',
  'finding.opened_missing': 'It does not say when it was opened.',
  'finding.time_unreadable': 'This time cannot be read.',
  'finding.time_unlikely': 'This year is not likely.',
  'finding.time_twice': 'Clocks were set back and showed this hour twice: which one is meant?',
  'finding.time_skipped': 'Clocks were set forward and never showed this hour.',
  'finding.opened_in_future': 'Opened in the future. Is the time zone right?',
  'finding.closed_in_future': 'Closed in the future. Is the time zone right?',
  'finding.closed_before_opened': 'Closed before it was opened.',
  'finding.due_before_opened': 'Due before it was opened.',
  'finding.no_place': 'It names no place and comes in without one.',
  'finding.place_unreadable': 'These are no coordinates; it comes in without a place.',
  'finding.far_outside':
    'More than 20 km from the jurisdiction. A single row comes in without its place; if it is the whole file: are the coordinates right, and is it a file of this city?',
  'finding.default_place': 'So many rows on one point: a default and no place. They come in without one.',
  'finding.unit_unmapped': 'No unit here is called so; they come in without a unit. Below one can be chosen.',
  'finding.flag_unreadable': 'Neither on time nor overdue: counted as no flag.',
  'finding.dates_only':
    'Dates without a time: an opening counts from 0:00 of its day, a due time and a closing until 24:00.',
  'finding.hours_unlikely': 'The quietest hours are not those of the night. Is the time zone right?',
  'finding.time_zone_needed': 'Its times carry no zone: say above which clock showed them.',
  'finding.time_zone_unknown': 'No zone is called so; write it like Asia/Shanghai.',
  'finding.date_order_needed': 'Is the month first or the day? Choose under "More about the file".',
  'finding.column_unknown': 'The file has no such column; choose again.',
  'finding.columns_missing':
    'A needed column is not chosen: say above which hold the number, the time it was opened and the category.',
  'finding.axes_exchanged':
    'Latitude and longitude are exchanged: the other way round they lie here. Say so under "More about the file".',
  'finding.coordinates_in_feet':
    'The coordinates are in feet: choose the EPSG code of the same projection in feet, such as EPSG:2263.',
  'finding.coordinates_in_metres':
    'The coordinates are in metres: choose the EPSG code of the same projection in metres.',
  'finding.not_degrees': 'These are no degrees but look like a projection: choose which, such as EPSG:4547.',
  'finding.too_many_lines':
    'Too many rows; here at most 20,000 at a time. Split the file by month or year, or have it imported by the command gridward import tickets.',
  'finding.batch_of_other_file':
    'Another file was begun under the same batch. Have it imported by the command under another name.',
  'finding.batch_read_otherwise':
    'The batch was begun with the file read otherwise. Have it imported by the command under another name.',
}
