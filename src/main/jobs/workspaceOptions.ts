import type { KeyStore } from '../pacs/secrets'
import type { Launch } from './launcher'
import type { WatchTimes } from './watchedFolder'

export interface WorkspaceOptions {
  /** How job processes are started; forked Node where absent. */
  readonly launch?: Launch
  /** The system's user name where absent. */
  readonly user?: string
  /** Folder of the models that come with the app, each a folder in it. */
  readonly models?: string
  /** Whether a library that never had the built-in sample study gets it, by a job; true where absent. */
  readonly sample?: boolean
  /** File that remembers what a probe found of this machine's devices. */
  readonly deviceFile?: string
  /** Whether learning and segmenting that were interrupted go on, and learning at a set hour begins, by itself; false where absent. */
  readonly learnsByItself?: boolean
  /** Whether the library's watched folder is looked after; false where absent. */
  readonly watches?: boolean
  /** How often that is looked at, and how long what is in it must not change. */
  readonly watchTimes?: WatchTimes
  /** Folder of this user's settings and list of image archives; the user's configuration where absent. */
  readonly configFolder?: string
  /** As `openLibrary` has it; 'owner' where absent. Only an owner runs jobs. */
  readonly access?: 'owner' | 'guest' | 'onlooker'
  /** The system's; without it passwords are forgotten when the process ends. */
  readonly keyStore?: KeyStore
}
