import { serveBatches } from '../batchServer'
import { batchesOf } from './methods'

serveBatches(batchesOf)
