/** Words of the phone settings help. A text with several lines is a list of steps. */
export const help = {
  'help.title': '手机设置帮助',
  'help.now': '这台手机现在',
  'help.again': '再看一次',
  'help.how': '怎么办',
  'help.good': '好',
  'help.look': '请看一下',
  'help.bad': '不行',
  'help.open': '看情况',

  'help.browser_good': '这个浏览器能离线保存',
  'help.browser_bad': '现在在{app}里打开，不能离线保存',
  'help.store_bad': '浏览器不让存东西，拍了也存不下',
  'help.offline_good': '没有网络也能打开',
  'help.offline_look': '程序还没存到手机上，请连着网多等一会儿',
  'help.installed_good': '从桌面图标打开的',
  'help.installed_look': '还没放到主屏幕：7 天不打开，没发出的可能被清掉',
  'help.installed_open': '还没放到桌面，不放也能用',
  'help.kept_good': '浏览器答应不自动清理',
  'help.kept_look': '浏览器没有答应保留，手机空间不够时可能清掉',
  'help.room_good': '空间够，还能存 {n} 张以上照片',
  'help.room_look': '空间不多了，大约还能存 {n} 张照片',
  'help.room_bad': '空间满了，照片存不下',
  'help.location_good': '定位已允许',
  'help.location_bad': '定位没有允许',
  'help.location_open': '定位还没问过，用到时会问',
  'help.camera_good': '相机已允许',
  'help.camera_bad': '相机没有允许',
  'help.camera_open': '相机还没问过，用到时会问',
  'help.network_good': '有网络',
  'help.network_open': '现在没有网络，照常可以拍',
  'help.saving_open': '省流量开着，图片会少取一些',
  'help.clock_look': '手机时间差了 {span}。请打开“自动设置时间”，截止时间不受影响',

  'help.ask_keep': '请浏览器保留',
  'help.keep_yes': '浏览器答应了',
  'help.keep_no': '浏览器没有答应。放到桌面、常打开，就会答应',
  'help.try_location': '试一下定位',
  'help.trying': '正在定位，请等一会儿…',
  'help.fix_fine': '定到了，误差约 {n} 米，够用',
  'help.fix_coarse': '定到了，但误差约 {n} 米，太粗。请打开“精确位置”，到空旷处再试',
  'help.fix_none': '没有定到。请看下面的做法',
  'help.copy': '复制链接',
  'help.copied': '已复制。打开手机的浏览器，贴到上面的地址栏',
  'help.copy_by_hand': '没有复制成。请长按下面的地址，选“复制”',
  'help.address': '地址',
  'help.picture_android': '安卓手机：先点右上角的三个点，再选“在浏览器打开”',
  'help.picture_iphone': '苹果手机：先点右上角的三个点，再选“在 Safari 中打开”',
  'help.picture_install_android': '浏览器的三个点，再选“添加到主屏幕”',
  'help.picture_install_iphone': 'Safari 下面的分享按钮，再选“添加到主屏幕”',
  'help.names_differ': '各家手机的叫法会有一点不同。',

  'help.in_app': '在微信、QQ、钉钉里打开了',
  'help.in_app_now': '在{app}里打开了，请换到浏览器',
  'help.in_app_why':
    '{app}会把网页存的东西清掉，所以在这里不能离线保存。要在这里报，请等到“社区已收到”再退出。换到手机的浏览器，没有信号也能拍。',
  'help.in_app_any': '这些软件',
  'help.in_app_android': '点右上角的三个点\n选“在浏览器打开”\n第一次要登录，以后都从浏览器打开',
  'help.in_app_iphone':
    '点右上角的三个点\n选“在 Safari 中打开”（有的叫“在默认浏览器中打开”）\n第一次要登录，以后都从浏览器打开',
  'help.in_app_other': '点右上角的三个点\n选“在浏览器打开”\n第一次要登录，以后都从浏览器打开',
  'help.in_app_more': '没有这一行？复制链接，自己打开浏览器贴上去。',

  'help.install': '放到桌面',
  'help.install_why': '从桌面图标打开最稳：系统不会随便清掉没发出的，打开也快。',
  'help.install_why_iphone':
    '苹果手机上，一个网页 7 天没打开，系统可以清掉它存的东西，没发出的也在内。放到主屏幕就不会。请先等没发出的都发完，再放。',
  'help.install_android':
    '用浏览器打开这个网页（不要在微信里）\n点浏览器的三个点，在右上角或右下角\n选“添加到主屏幕”或“安装应用”\n以后从桌面的图标打开',
  'help.install_iphone':
    '用 Safari 打开这个网页\n点下面中间的分享按钮：方框，箭头朝上\n往上滑，选“添加到主屏幕”，再点“添加”\n从桌面的图标打开，可能要再登录一次',
  'help.install_other': '用手机的浏览器打开这个网页\n在浏览器的菜单里选“添加到主屏幕”或“安装应用”',

  'help.location': '定位没开，或者不准',
  'help.location_why': '没有定位也能报：选一个附近的地名，或者在图上点一下。',
  'help.location_android':
    '从屏幕上边往下拉，打开“位置信息”\n手机设置 → 应用 → 您的浏览器 → 权限 → 位置：选“使用时允许”，打开“精确位置”\n回到这里，点地址栏左边的图标 → 权限 → 位置：允许\n楼下和地下室定不准，到路边站一会儿再试',
  'help.location_iphone':
    '设置 → 隐私与安全性 → 定位服务：打开\n在同一页找到“Safari 网站”：选“使用 App 期间”，打开“精确位置”\n回到这里，点地址栏旁的按钮 → 网站设置 → 位置：允许\n楼下和地下室定不准，到路边站一会儿再试',
  'help.location_other': '点地址栏左边的图标\n把“位置”改成“允许”，再打开一次这一页',

  'help.camera': '相机没开',
  'help.camera_why': '没有相机也能报：用手机自己的相机拍好，再从相册里选。',
  'help.camera_android':
    '点地址栏左边的图标 → 权限 → 相机：允许\n还不行：手机设置 → 应用 → 您的浏览器 → 权限 → 相机：允许\n关掉别的正在用相机的软件，再试一次',
  'help.camera_iphone':
    '点地址栏旁的按钮 → 网站设置 → 相机：允许\n还不行：设置 → App → Safari → 相机：允许\n关掉别的正在用相机的软件，再试一次',
  'help.camera_other': '点地址栏左边的图标\n把“相机”改成“允许”，再打开一次这一页',

  'help.storage': '手机空间快满了',
  'help.storage_why': '空间满了照片就存不下，程序会明说“没有存下”。已经存下的还在。',
  'help.storage_android':
    '先连上网，让没发出的都发出去：发出后照片会从这里清掉\n删掉不要的视频和大文件，再清空相册的“最近删除”\n微信 → 我 → 设置 → 通用 → 存储空间：清理缓存\n不要清理浏览器的数据：没发出的会一起没有',
  'help.storage_iphone':
    '先连上网，让没发出的都发出去：发出后照片会从这里清掉\n删掉不要的视频，再清空相簿的“最近删除”\n设置 → 通用 → iPhone 储存空间：看哪个最大\n不要点“清除历史记录与网站数据”：没发出的会一起没有',
  'help.storage_other': '先连上网，让没发出的都发出去\n不要清理浏览器的数据：没发出的会一起没有',

  'help.cleaner': '手机管家会清掉没发出的',
  'help.cleaner_why': '手机管家、清理大师会把浏览器存的东西当垃圾。清了就找不回来。',
  'help.cleaner_android':
    '看一眼上面那条：没有“还没发出”的再清理\n清理时不要勾选浏览器、网页缓存、应用数据\n在手机管家里把您的浏览器加到“白名单”或“保护名单”\n打开最近任务，在浏览器上点小锁，或往下拉一下，锁住它',
  'help.cleaner_iphone':
    '看一眼上面那条：没有“还没发出”的再清理\n不要点“清除历史记录与网站数据”\n不要用清理软件清 Safari',
  'help.cleaner_other': '没有“还没发出”的再清理\n清理时不要勾选网站数据',

  'help.battery': '省电模式',
  'help.battery_why': '省电模式下定位会慢、会不准。不管开没开，页面关了就不会自己发：发出前请让这一页开着。',
  'help.battery_android':
    '从屏幕上边往下拉，关掉“省电模式”或“超级省电”\n手机设置 → 应用 → 您的浏览器 → 电池：选“不限制”\n拍完看到“社区已收到”再锁屏',
  'help.battery_iphone': '设置 → 电池 → 低电量模式：关掉\n拍完看到“社区已收到”再锁屏',
  'help.battery_other': '关掉省电模式\n看到“社区已收到”再关页面',

  'help.private': '无痕（隐私）窗口',
  'help.private_why': '无痕窗口一关，存的东西就全没有了。浏览器不说自己是不是无痕，要您看一眼。',
  'help.private_android':
    '上面是黑色、有戴帽子眼镜的小人、或写着“无痕”，就是无痕窗口\n发完没发出的，再关掉它\n用普通窗口重新打开',
  'help.private_iphone':
    'Safari 的地址栏是黑色、或写着“无痕浏览”，就是无痕窗口\n发完没发出的，再关掉它\n点标签页按钮，换回普通的一组，重新打开',
  'help.private_other': '窗口上写着“无痕”或“隐私”，就是无痕窗口\n用普通窗口重新打开',
} as const
