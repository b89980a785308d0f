"""PyTorch's training step of the networks that bench/trainingStep.ts times.

Reads one JSON line (the network's configuration, shapes and thread count), answers "ready" with its name, then runs one
step for each line it gets and answers with its seconds and the process's peak memory in MB.
"""

import json
import pathlib
import resource
import sys
import time

import torch
import torch.nn.functional as F

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "test" / "peers"))
from torchNetworks import Layers, build  # noqa: E402

plan = json.loads(sys.stdin.readline())
torch.set_num_threads(plan["threads"])
torch.manual_seed(1)
config, (n, c, d, h, w) = plan["config"], plan["imageShape"]
classes = config["outputChannels"]
parameters = {}
for spec in plan["parameters"]:
    value = torch.empty(spec["shape"]).normal_(0, 0.05) if len(spec["shape"]) > 1 else torch.ones(spec["shape"])
    parameters[spec["name"]] = value.requires_grad_(not spec["frozen"])
trained = [value for value in parameters.values() if value.requires_grad]


def loss_of(logits, labels):
    cross_entropy = F.cross_entropy(logits, labels, ignore_index=255)
    valid = (labels != 255).unsqueeze(1).float()
    target = torch.zeros_like(logits).scatter_(1, labels.clamp(max=classes - 1).unsqueeze(1), valid)
    probability = torch.softmax(logits, 1) * valid
    over = (0, 2, 3, 4)
    overlap = (probability * target).sum(over)
    dice = (2 * overlap + 1e-5) / (probability.sum(over) + target.sum(over) + 1e-5)
    return cross_entropy + 1 - dice[1:].mean()


layers = Layers(parameters, 0.01)
optimizer = torch.optim.SGD(trained, lr=1e-3, momentum=0.99, nesterov=True, weight_decay=3e-5)
image = torch.randn(n, c, d, h, w)
labels = torch.randint(0, classes, (n, d, h, w))
print("ready PyTorch", torch.__version__, flush=True)

for _ in sys.stdin:
    start = time.perf_counter()
    loss = loss_of(build(image, config, layers), labels)
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(trained, 12)
    optimizer.step()
    seconds = time.perf_counter() - start
    # Kilobytes on Linux.
    print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6, flush=True)
