/** Words of the phone settings help. A text with several lines is a list of steps. */
import type { Same } from '../keys'
import type { help as zh } from '../zh/help'

export const help: Same<typeof zh> = {
  'help.title': 'Phone settings help',
  'help.now': 'This phone now',
  'help.again': 'Look again',
  'help.how': 'What to do',
  'help.good': 'Good',
  'help.look': 'Please look',
  'help.bad': 'Does not work',
  'help.open': 'It depends',

  'help.browser_good': 'This browser can save without a network',
  'help.browser_bad': 'Opened inside {app}: nothing can be saved without a network',
  'help.store_bad': 'The browser lets nothing be stored: photos would not be saved',
  'help.offline_good': 'Opens without a network too',
  'help.offline_look': 'The app is not on the phone yet: stay connected a little longer',
  'help.installed_good': 'Opened from the home screen',
  'help.installed_look': 'Not on the home screen: unopened for 7 days, unsent items may be dropped',
  'help.installed_open': 'Not on the home screen; it works without',
  'help.kept_good': 'The browser agreed not to clean up by itself',
  'help.kept_look': 'The browser did not agree to keep this; it may be dropped when space is short',
  'help.room_good': 'Enough space, for more than {n} photos',
  'help.room_look': 'Little space left, for about {n} photos',
  'help.room_bad': 'No space left: photos cannot be saved',
  'help.location_good': 'Location is allowed',
  'help.location_bad': 'Location is not allowed',
  'help.location_open': 'Location was not asked for yet',
  'help.camera_good': 'The camera is allowed',
  'help.camera_bad': 'The camera is not allowed',
  'help.camera_open': 'The camera was not asked for yet',
  'help.network_good': 'Connected',
  'help.network_open': 'No network now; you can take photos all the same',
  'help.saving_open': 'Data saver is on: fewer pictures are fetched',
  'help.clock_look':
    "The phone's clock is off by {span}. Set the time automatically; limits are not affected",

  'help.ask_keep': 'Ask the browser to keep it',
  'help.keep_yes': 'The browser agreed',
  'help.keep_no': 'The browser did not agree. On the home screen and used often, it will',
  'help.try_location': 'Try the location',
  'help.trying': 'Finding where you are, please wait…',
  'help.fix_fine': 'Found, within about {n} m: good enough',
  'help.fix_coarse':
    'Found, but only within about {n} m. Switch on "Precise location" and try under the open sky',
  'help.fix_none': 'Not found. See below',
  'help.copy': 'Copy the link',
  'help.copied': "Copied. Open the phone's browser and paste it into the address bar",
  'help.copy_by_hand': 'Could not copy. Press the address below for a while and choose "Copy"',
  'help.address': 'Address',
  'help.picture_android': 'Android: first the three dots at the top right, then "Open in browser"',
  'help.picture_iphone': 'iPhone: first the three dots at the top right, then "Open in Safari"',
  'help.picture_install_android': 'The browser\'s three dots, then "Add to Home screen"',
  'help.picture_install_iphone': 'Safari\'s share button at the bottom, then "Add to Home Screen"',
  'help.names_differ': 'Names differ a little from phone to phone.',

  'help.in_app': 'Opened inside WeChat, QQ or DingTalk',
  'help.in_app_now': 'Opened inside {app}: please change to the browser',
  'help.in_app_why':
    '{app} may drop what a page stores, so nothing can be saved here without a network. If you report here, wait for "The community has it" before you leave. In the phone\'s own browser you can report without a signal.',
  'help.in_app_any': 'Such an app',
  'help.in_app_android':
    'Tap the three dots at the top right\nChoose "Open in browser"\nSign in once; from then on open it in the browser',
  'help.in_app_iphone':
    'Tap the three dots at the top right\nChoose "Open in Safari" (or "Open in default browser")\nSign in once; from then on open it in the browser',
  'help.in_app_other':
    'Tap the three dots at the top right\nChoose "Open in browser"\nSign in once; from then on open it in the browser',
  'help.in_app_more': 'No such line? Copy the link, open the browser yourself and paste it.',

  'help.install': 'Put it on the home screen',
  'help.install_why':
    'Opening it from the home screen is safest: unsent items are not dropped lightly, and it opens fast.',
  'help.install_why_iphone':
    'On an iPhone the system may drop what a page stored when the page was not opened for 7 days, unsent items too. On the home screen it does not. Let unsent items go out first.',
  'help.install_android':
    'Open this page in the browser (not inside WeChat)\nTap the browser\'s three dots, top right or bottom right\nChoose "Add to Home screen" or "Install app"\nFrom then on open it from the home screen',
  'help.install_iphone':
    'Open this page in Safari\nTap the share button at the bottom: a box with an arrow upwards\nScroll, choose "Add to Home Screen", then "Add"\nOpen it from the home screen; you may have to sign in once more',
  'help.install_other':
    'Open this page in the phone\'s browser\nChoose "Add to Home screen" or "Install app" in its menu',

  'help.location': 'Location off, or not precise',
  'help.location_why': 'You can report without it: choose a name near by or tap on the map.',
  'help.location_android':
    'Swipe down from the top and switch on "Location"\nSettings → Apps → your browser → Permissions → Location: "While in use", and "Precise location"\nBack here, tap the icon left of the address → Permissions → Location: Allow\nUnder houses and in basements it is not precise: stand at the road for a while',
  'help.location_iphone':
    'Settings → Privacy & Security → Location Services: on\nOn the same page "Safari Websites": "While Using the App", and "Precise Location"\nBack here, tap the button beside the address → Website Settings → Location: Allow\nUnder houses and in basements it is not precise: stand at the road for a while',
  'help.location_other':
    'Tap the icon left of the address\nSet "Location" to "Allow" and open this page again',

  'help.camera': 'Camera off',
  'help.camera_why':
    "You can report without it: take the photo with the phone's camera and choose it from the gallery.",
  'help.camera_android':
    'Tap the icon left of the address → Permissions → Camera: Allow\nStill no: Settings → Apps → your browser → Permissions → Camera: Allow\nClose other apps that use the camera and try again',
  'help.camera_iphone':
    'Tap the button beside the address → Website Settings → Camera: Allow\nStill no: Settings → Apps → Safari → Camera: Allow\nClose other apps that use the camera and try again',
  'help.camera_other': 'Tap the icon left of the address\nSet "Camera" to "Allow" and open this page again',

  'help.storage': 'The phone is nearly full',
  'help.storage_why':
    'Without space photos cannot be saved, and the app says so. What was saved before is still there.',
  'help.storage_android':
    'First connect and let unsent items go out: their photos are cleared from here afterwards\nDelete videos and large files, then empty "Recently deleted"\nWeChat → Me → Settings → General → Storage: clear the cache\nDo not clear the browser\'s data: unsent items would be gone',
  'help.storage_iphone':
    'First connect and let unsent items go out: their photos are cleared from here afterwards\nDelete videos, then empty "Recently Deleted"\nSettings → General → iPhone Storage: see what is largest\nDo not tap "Clear History and Website Data": unsent items would be gone',
  'help.storage_other':
    "First connect and let unsent items go out\nDo not clear the browser's data: unsent items would be gone",

  'help.cleaner': 'Cleaner apps delete unsent items',
  'help.cleaner_why':
    'Phone managers take what a browser stores for rubbish. What they delete cannot be brought back.',
  'help.cleaner_android':
    "Look at the line at the top: clean only when nothing is unsent\nDo not tick browser, web cache or app data\nPut your browser on the cleaner's list of exceptions\nIn the recent apps, lock the browser with the small padlock or by pulling it down",
  'help.cleaner_iphone':
    'Look at the line at the top: clean only when nothing is unsent\nDo not tap "Clear History and Website Data"\nDo not let cleaner apps clean Safari',
  'help.cleaner_other': 'Clean only when nothing is unsent\nDo not tick website data',

  'help.battery': 'Battery saver',
  'help.battery_why':
    'With battery saver the location is slow and coarse. In any case a closed page sends nothing by itself: keep this page open until all is sent.',
  'help.battery_android':
    'Swipe down from the top and switch off "Battery saver"\nSettings → Apps → your browser → Battery: "Unrestricted"\nLock the screen only after "The community has it"',
  'help.battery_iphone':
    'Settings → Battery → Low Power Mode: off\nLock the screen only after "The community has it"',
  'help.battery_other': 'Switch off battery saver\nClose the page only after "The community has it"',

  'help.private': 'Private windows',
  'help.private_why':
    'When a private window is closed, everything it stored is gone. A browser does not say whether it is private: please look.',
  'help.private_android':
    'A dark bar, a figure with hat and glasses, or the word "Incognito" means a private window\nLet unsent items go out, then close it\nOpen it again in an ordinary window',
  'help.private_iphone':
    'A dark address bar or the word "Private" in Safari means a private window\nLet unsent items go out, then close it\nTap the tabs button, go back to the ordinary tabs and open it again',
  'help.private_other':
    'The word "Private" or "Incognito" on the window means a private window\nOpen it again in an ordinary window',
}
