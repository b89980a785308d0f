import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { oneLine } from '../shared/errors'
import { Terminal, table, type Streams } from './cli/terminal'
import { UsageError, type Verb } from './cli/verb'
import { appFolder } from './jobs/appFolder'

/** Each verb is loaded only when it is used, so that `--help` and `info` never load a network's runtime. */
const verbs: Readonly<Record<string, () => Promise<Verb>>> = {
  info: async () => (await import('./cli/info')).info,
  convert: async () => (await import('./cli/convert')).convert,
  segment: async () => (await import('./cli/segment')).segment,
  evaluate: async () => (await import('./cli/evaluate')).evaluate,
  fuse: async () => (await import('./cli/fuse')).fuse,
  train: async () => (await import('./cli/train')).train,
  plan: async () => (await import('./cli/plan')).plan,
  distill: async () => (await import('./cli/distill')).distill,
  'pseudo-label': async () => (await import('./cli/pseudoLabel')).pseudoLabel,
  pretrain: async () => (await import('./cli/pretrain')).pretrain,
  networks: async () => (await import('./cli/networks')).networks,
  phantom: async () => (await import('./cli/phantom')).phantom,
  library: async () => (await import('./cli/library')).library,
  pacs: async () => (await import('./cli/pacs')).pacs,
  demo: async () => (await import('./cli/demo')).demo,
  devices: async () => (await import('./cli/devices')).devices,
}

/**
 * The command line.
 * @param args what follows `emend`
 * @returns the exit status: 0 done, 2 not understood, 130 cancelled, 1 failed, each but the first with one line
 */
export async function runCommand(args: readonly string[], streams: Streams, signal: AbortSignal): Promise<number> {
  const terminal = new Terminal(streams, signal)
  const [name, ...rest] = args
  try {
    if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
      streams.stdout.write(`${await overview()}\n`)
      return name === undefined ? 2 : 0
    }
    if (name === '--version') {
      streams.stdout.write(`${version()}\n`)
      return 0
    }
    const load = Object.hasOwn(verbs, name) ? verbs[name] : undefined
    if (!load) throw new UsageError(`there is no verb '${name}'`)
    const verb = await load()
    if (rest.includes('--help') || rest.includes('-h')) {
      streams.stdout.write(`emend ${verb.usage}\n\n${verb.help}\n\nNot for clinical use.\n`)
      return 0
    }
    await verb.run(rest, terminal)
    return 0
  } catch (error) {
    terminal.clearLine()
    if (signal.aborted) {
      streams.stderr.write('emend: cancelled\n')
      return 130
    }
    const usage = error instanceof UsageError
    const known = usage && name !== undefined && Object.hasOwn(verbs, name)
    const see = usage ? ` (see emend ${known ? `${name} ` : ''}--help)` : ''
    streams.stderr.write(`emend: ${oneLine(error)}${see}\n`)
    if (process.env['EMEND_DEBUG'] && error instanceof Error) streams.stderr.write(`${error.stack}\n`)
    return usage ? 2 : 1
  }
}

async function overview(): Promise<string> {
  const loaded = await Promise.all(Object.entries(verbs).map(async ([name, load]) => [name, (await load()).summary]))
  return [
    'emend VERB ...: segments CTs, and learns from corrections',
    '',
    table(loaded.map(([name, summary]) => [`  ${name}`, summary])),
    '',
    'emend VERB --help tells the rest; --json prints results as JSON; progress goes to stderr.',
    'Exit status: 0 done, 1 failed, 2 not understood, 130 cancelled. Not for clinical use.',
  ].join('\n')
}

function version(): string {
  return JSON.parse(readFileSync(join(appFolder(), 'package.json'), 'utf8')).version
}

const cancelled = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => cancelled.abort(new DOMException('cancelled', 'AbortError')))
}
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Whoever read the output has had enough: `emend info x | head`.
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})
process.exitCode = await runCommand(process.argv.slice(2), process, cancelled.signal)
