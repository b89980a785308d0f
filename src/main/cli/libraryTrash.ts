import { EmendError } from '../../shared/errors'
import { caseOf, worklist, type Subverb } from './librarySubverb'
import { table } from './terminal'
import { wholeNumber } from './verb'

export const trashHelp = `
  delete CASE             takes a case out of the worklist; its files lie in the library's folder 'trash' then, and all
                          that was said and done stays on record. Not while models are judged by it or learn from it
  restore [CASE]          brings a deleted case back as it was, or lists those that there are
  empty-trash             removes the files of deleted cases for good; --older-than DAYS only of those deleted before that.
                          What was done stays on record; the same image can be imported again, without labels`

/** Deleting cases and bringing them back. */
export const trashSubverbs: Readonly<Record<string, Subverb>> = {
  delete: {
    takes: ['CASE'],
    async run(workspace, [id], { json }, terminal) {
      const row = caseOf(workspace, id)
      workspace.trash.remove(row.id)
      terminal.result({ id: row.id }, json, () => `${row.title} lies in the trash; 'library restore' brings it back`)
    },
  },
  restore: {
    takes: ['CASE...'],
    least: 0,
    async run(workspace, [id], { json }, terminal) {
      const removed = workspace.trash.list()
      if (id === undefined) {
        terminal.result(removed, json, (rows) =>
          rows.length === 0
            ? 'no case was deleted'
            : table(rows.map((row) => [row.id, row.removedAt, row.removedBy, row.title])),
        )
        return
      }
      const found = removed.filter((row) => row.id.startsWith(id.toLowerCase()))
      if (found.length !== 1) {
        const many = found.length === 0 ? 'no deleted case has' : `${found.length} deleted cases have`
        throw new EmendError(`${many} an id that begins with ${id}`, { hint: "'library restore' lists them" })
      }
      terminal.result(workspace.trash.restore(found[0].id), json, (row) => worklist([row]))
    },
  },
  'empty-trash': {
    takes: [],
    async run(workspace, _args, { json, 'older-than': days }, terminal) {
      const age = days === undefined ? 0 : wholeNumber(days, 'older-than')
      const upTo = new Date(Date.now() - age * 86_400_000).toISOString()
      const emptied = await workspace.trash.empty(upTo, terminal.work())
      terminal.result(emptied, json, ({ cases, bytes, later }) => {
        const rest = later > 0 ? `; files of ${later} are in use and go when the library is opened next` : ''
        return `${cases} deleted ${cases === 1 ? 'case is' : 'cases are'} gone for good, ${(bytes / 1e6).toFixed(1)} MB${rest}`
      })
    },
  },
}
