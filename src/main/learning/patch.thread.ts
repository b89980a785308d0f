import { serveBatches } from './batchServer'
import { patchesOf } from './patchThreads'

serveBatches(patchesOf)
