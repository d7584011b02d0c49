import { mount } from 'svelte'
import App from './ui/App.svelte'
import './ui/style/tokens.css'
import './ui/style/tones.css'
import './ui/style/base.css'

mount(App, { target: document.getElementById('app')! })
