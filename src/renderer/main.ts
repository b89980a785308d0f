import { mount } from 'svelte'
import '@fontsource-variable/inter'
import './design/tokens.css'
import './design/base.css'
import { App } from './app/app.svelte'
import Shell from './app/Shell.svelte'

const target = document.getElementById('app')
if (!target) throw new Error('the page has no place for the window')
const app = new App(window.emend)
mount(Shell, { target, props: { app } })
void app.start()
