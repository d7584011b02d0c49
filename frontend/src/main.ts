import { mount } from 'svelte'
import App from './ui/App.svelte'
import './ui/style/tokens.css'
import './ui/style/tones.css'
import './ui/style/base.css'

const target = document.getElementById('app')!
mount(App, { target })
// What it says of an old browser is not true of this one.
target.querySelector('.too-old')?.remove()
