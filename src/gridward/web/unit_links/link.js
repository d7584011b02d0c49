(function () {
  'use strict'
  var box = document.getElementById('work')
  if (!box) return
  var says = JSON.parse(box.dataset.says)
  var said = document.getElementById('says')
  var shots = document.getElementById('shots')
  var photos = []
  // Under one id until the server has answered: what was sent twice happens once.
  var ids = {}
  var MOST = 6
  var LARGEST = 1600

  function hex(bytes) {
    return Array.prototype.map
      .call(new Uint8Array(bytes), function (one) {
        return ('0' + one.toString(16)).slice(-2)
      })
      .join('')
  }
  function newId() {
    var bytes = crypto.getRandomValues(new Uint8Array(16))
    bytes[6] = (bytes[6] & 15) | 64
    bytes[8] = (bytes[8] & 63) | 128
    return hex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
  }
  function say(key) {
    said.textContent = key ? says[key] || says.failed : ''
  }
  function put(path, body, type) {
    return fetch(location.pathname.replace(/\/$/, '') + path, {
      method: 'PUT',
      credentials: 'omit',
      headers: { 'Content-Type': type, 'X-Gridward': '1' },
      body: body,
    }).then(function (answer) {
      if (answer.ok) return
      return answer
        .json()
        .catch(function () {
          return {}
        })
        .then(function (problem) {
          throw { status: answer.status, code: problem.code }
        })
    })
  }
  function json(path, what) {
    return put(path, JSON.stringify(what), 'application/json')
  }
  function busy(on) {
    document.querySelectorAll('button').forEach(function (one) {
      one.disabled = on
    })
    if (on) say('sending')
  }
  function explain(error) {
    var code = (error && error.code) || ''
    if (code === 'link.name_missing') say('name_missing')
    else if (code === 'link.phone_unreadable') say('phone_missing')
    else if (code === 'evidence.missing' || code === 'body.needs_one_of') say('needs_photo')
    else if (code === 'too_many_tries') say('too_many')
    else if (error && (error.status === 409 || error.status === 404)) say('moved')
    else say('failed')
  }

  function made(file) {
    return new Promise(function (done, broken) {
      var address = URL.createObjectURL(file)
      var image = new Image()
      image.onerror = broken
      image.onload = function () {
        var scale = Math.min(1, LARGEST / Math.max(image.naturalWidth, image.naturalHeight))
        var canvas = document.createElement('canvas')
        canvas.width = Math.max(1, Math.round(image.naturalWidth * scale))
        canvas.height = Math.max(1, Math.round(image.naturalHeight * scale))
        canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height)
        URL.revokeObjectURL(address)
        canvas.toBlob(
          function (blob) {
            if (blob) done(blob)
            else broken()
          },
          'image/jpeg',
          0.82,
        )
      }
      image.src = address
    })
  }
  function take(file) {
    return made(file).then(
      function (blob) {
        return blob.arrayBuffer().then(function (bytes) {
          return crypto.subtle.digest('SHA-256', bytes).then(function (digest) {
            var sha256 = hex(digest)
            if (photos.some(function (one) { return one.sha256 === sha256 })) return
            photos.push({ sha256: sha256, blob: blob, sent: false })
            var shown = new Image()
            shown.src = URL.createObjectURL(blob)
            shown.alt = ''
            shots.appendChild(shown)
          })
        })
      },
      function () {
        say('bad_photo')
      },
    )
  }
  function sendPhotos() {
    return photos.reduce(function (before, one) {
      return before.then(function () {
        if (one.sent) return
        return put('/photos/' + one.sha256, one.blob, 'image/jpeg').then(function () {
          one.sent = true
        })
      })
    }, Promise.resolve())
  }
  function whereAmI() {
    return new Promise(function (done) {
      if (!navigator.geolocation) return done(null)
      navigator.geolocation.getCurrentPosition(
        function (found) {
          done(found.coords)
        },
        function () {
          done(null)
        },
        { enableHighAccuracy: true, timeout: 6000, maximumAge: 30000 },
      )
    })
  }
  function step(what) {
    say('')
    if (what === 'resolve' && box.dataset.wants === 'photo' && photos.length === 0) return say('needs_photo')
    busy(true)
    var place = what === 'arrive' ? whereAmI() : Promise.resolve(null)
    place
      .then(function (at) {
        if (what === 'arrive' && !at && photos.length === 0) throw { code: 'here' }
        return sendPhotos().then(function () {
          var words = document.getElementById('words')
          var sent = {
            what: what,
            assignment_id: box.dataset.assignment || null,
            photos: photos.map(function (one) { return one.sha256 }),
          }
          if (words && words.value.trim()) sent.words = words.value.trim()
          if (at) {
            sent.lon = at.longitude
            sent.lat = at.latitude
            sent.accuracy_m = at.accuracy
          }
          var text = JSON.stringify(sent)
          // Another content is another act.
          if (!ids[what] || ids[what].text !== text) ids[what] = { id: newId(), text: text }
          return put('/steps/' + ids[what].id, text, 'application/json')
        })
      })
      .then(function () {
        location.reload()
      })
      .catch(function (error) {
        busy(false)
        if (error && error.code === 'here') say('needs_place')
        else explain(error)
      })
  }

  var chooser = document.getElementById('photo')
  if (chooser)
    chooser.addEventListener('change', function () {
      say('')
      var files = Array.prototype.slice.call(chooser.files, 0, MOST - photos.length)
      files.reduce(function (before, file) {
        return before.then(function () { return take(file) })
      }, Promise.resolve())
      chooser.value = ''
    })
  document.querySelectorAll('[data-step]').forEach(function (button) {
    button.addEventListener('click', function () {
      step(button.dataset.step)
    })
  })
  var who = document.getElementById('who')
  if (who)
    who.addEventListener('submit', function (event) {
      event.preventDefault()
      busy(true)
      json('/who', { name: who.elements.name.value, phone: who.elements.phone.value })
        .then(function () {
          location.reload()
        })
        .catch(function (error) {
          busy(false)
          explain(error)
        })
    })
  var change = document.getElementById('change')
  if (change)
    change.addEventListener('click', function () {
      who.hidden = false
      change.hidden = true
    })
})()
