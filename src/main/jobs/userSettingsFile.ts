import { mkdir, readFile, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { EmendError } from '../../shared/errors'
import { noUserSettings, readUserSettings, type UserSettings } from '../../shared/userSettings'
import { writeFileAtomic } from '../imaging/atomicFile'
import { configFolder } from '../pacs/servers'

/** One user's settings, in `settings.json` among the user's configuration. Written as a whole, in the order of the calls. */
export class UserSettingsFile {
  readonly path: string
  private writing: Promise<void> = Promise.resolve()

  constructor(folder: string = configFolder()) {
    this.path = join(folder, 'settings.json')
  }

  /**
   * The settings, and what is wrong with the file, line by line. A file that is no JSON at all is set aside.
   * @throws EmendError where the file cannot be read.
   */
  async read(): Promise<{ settings: UserSettings; faults: string[] }> {
    const text = await readFile(this.path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null
      throw new EmendError(`${this.path} cannot be read`, { cause: error })
    })
    if (text === null) return { settings: noUserSettings, faults: [] }
    let file: unknown
    try {
      file = JSON.parse(text)
    } catch {
      await rename(this.path, `${this.path}.aside`)
      return { settings: noUserSettings, faults: [`it was damaged, and is set aside as ${this.path}.aside`] }
    }
    return readUserSettings(file)
  }

  write(settings: UserSettings): Promise<void> {
    const write = async (): Promise<void> => {
      await mkdir(dirname(this.path), { recursive: true, mode: 0o700 })
      await writeFileAtomic(this.path, `${JSON.stringify(settings, null, 2)}\n`)
    }
    const written = this.writing.then(write)
    this.writing = written.catch(() => undefined)
    return written
  }
}
