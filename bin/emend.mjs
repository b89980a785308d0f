#!/usr/bin/env node
/**
 * Runs the command line in a process of its own and waits for it. A network's run holds its process until it is done,
 * so a process that is only waiting is what can stop it at once, and what lives to tell when a driver took it down.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** How long a cancelled command has to tidy up before it is ended; one that learns writes its checkpoint first. */
const graceMs = ['train', 'distill', 'library'].includes(process.argv[2]) ? 30_000 : 2000

const program = fileURLToPath(new URL('../out/main/cli.js', import.meta.url))
if (!existsSync(program)) {
  console.error('emend: it is not built yet (run: npm run build)')
  process.exit(1)
}

const command = spawn(process.execPath, [program, ...process.argv.slice(2)], { stdio: 'inherit' })
let cancelled = false
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    // Whoever asks twice does not want to wait.
    if (cancelled) return command.kill('SIGKILL')
    cancelled = true
    setTimeout(() => command.kill('SIGKILL'), graceMs).unref()
    command.kill(signal)
  })
}
command.on('error', (error) => {
  console.error(`emend: it could not be started: ${error.message}`)
  process.exitCode = 1
})
command.on('close', (status, signal) => {
  if (signal !== null) console.error(cancelled ? 'emend: cancelled' : `emend: its process was ended by ${signal}`)
  process.exitCode = status ?? (cancelled ? 130 : 1)
})
