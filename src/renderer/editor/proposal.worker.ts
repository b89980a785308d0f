import type { ProposalInput } from '../../shared/voxels/proposal/hints'
import { proposalNetwork } from '../../shared/voxels/proposal/proposalNetwork'
import { propose } from '../../shared/voxels/proposal/propose'
import { networkScorer } from '../../shared/voxels/proposal/windowNetwork'

const scorer = networkScorer(proposalNetwork())

self.onmessage = ({ data }: MessageEvent<ProposalInput>): void => {
  const voxels = propose(data, scorer)
  self.postMessage(voxels, { transfer: [voxels.buffer] })
}
