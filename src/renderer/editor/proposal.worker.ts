import { networkScorer, propose } from '../../shared/voxels/proposal/propose'
import { proposalNetwork } from '../../shared/voxels/proposal/proposalNetwork'
import type { ProposalInput } from '../../shared/voxels/proposal/hints'

const scorer = networkScorer(proposalNetwork)

self.onmessage = ({ data }: MessageEvent<ProposalInput>): void => {
  const voxels = propose(data, scorer)
  self.postMessage(voxels, { transfer: [voxels.buffer] })
}
