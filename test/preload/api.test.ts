import { describe, expect, it } from 'vitest'
import { buildApi, type Bridge } from '../../src/preload/api'
import type { Reply } from '../../src/shared/contract'
import { verbs } from '../../src/shared/windowApi'

/** The api over a main process that answers every request so; what was asked, and who listens. */
function apiThat(reply: Reply) {
  const asked: [string, unknown][] = []
  const listeners = new Map<string, (payload: unknown) => void>()
  const bridge: Bridge = {
    invoke: (channel, input) => {
      asked.push([channel, input])
      return Promise.resolve(reply)
    },
    listen: (event, listener) => {
      listeners.set(event, listener)
      return () => listeners.delete(event)
    },
    pathOf: (file) => `/files/${file.name}`,
  }
  return { api: buildApi(bridge), asked, listeners }
}

describe('what the window gets of the main process', () => {
  it('is the verbs, a file’s path and the events, and nothing else', () => {
    const { api } = apiThat({ ok: true, value: undefined })
    expect(Object.keys(api).sort()).toEqual([...Object.keys(verbs), 'on', 'pathOf'].sort())
    expect(api.pathOf(new File([], 'ct.nii'))).toBe('/files/ct.nii')
  })

  it('asks over the verb’s channel and gives back what was answered', async () => {
    const { api, asked } = apiThat({ ok: true, value: 'Orthanc answers' })
    const draft = {
      id: null,
      name: 'Orthanc',
      endpoint: { protocol: 'dicomweb', url: 'https://pacs.example', auth: 'none', user: '' },
    } as const
    expect(await api.testServer(draft)).toBe('Orthanc answers')
    expect(asked).toEqual([['pacs:test-server', draft]])
  })

  it('refuses an answer that is not as the contract has it', async () => {
    const { api } = apiThat({ ok: true, value: [{ id: 7 }] })
    await expect(api.listCases()).rejects.toThrow()
  })

  it('fails in one line, with the hint', async () => {
    const failing = apiThat({ ok: false, message: 'Orthanc: it failed (500)', hint: 'try again' })
    await expect(failing.api.listCases()).rejects.toThrow(/^Orthanc: it failed \(500\) \(try again\)$/)
    const plain = apiThat({ ok: false, message: 'there is no case' })
    await expect(plain.api.listCases()).rejects.toThrow(/^there is no case$/)
  })

  it('hears of events as the contract has them, until it no longer listens', () => {
    const { api, listeners } = apiThat({ ok: true, value: undefined })
    const heard: unknown[] = []
    const stop = api.on('cases:changed', (payload) => heard.push(payload))
    listeners.get('cases:changed')?.({ caseIds: ['a'] })
    expect(() => listeners.get('cases:changed')?.({ caseIds: 'a' })).toThrow()
    expect(heard).toEqual([{ caseIds: ['a'] }])
    stop()
    expect(listeners.size).toBe(0)
  })
})
