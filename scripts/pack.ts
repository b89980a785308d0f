import { repositoryRoot } from './build'
import { packApp } from './packApp'

/** `npm run pack`: the app as it is shipped, for this machine's system, in dist/. */
console.log(`packed: ${await packApp(`${repositoryRoot}/dist`, (line) => console.log(line))}`)
