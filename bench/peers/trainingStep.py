"""PyTorch's training step of the network that bench/trainingStep.ts times.

Reads one JSON line (the network's configuration, shapes and thread count), answers "ready <version>", then runs one
step for each line it gets and answers with its seconds.
"""

import json
import sys
import time

import torch
import torch.nn.functional as F

plan = json.loads(sys.stdin.readline())
torch.set_num_threads(plan["threads"])
torch.manual_seed(1)
config, (n, c, d, h, w) = plan["config"], plan["imageShape"]
levels, classes, stem = config["levels"], config["outputChannels"], config["stemStride"]
channels = [min(config["base"] << level, config["maxChannels"]) for level in range(levels)]


class Layer(torch.nn.Module):
    def __init__(self, inputs, outputs, stride=1):
        super().__init__()
        self.convolution = torch.nn.Conv3d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.norm = torch.nn.InstanceNorm3d(outputs, affine=True)

    def forward(self, x):
        return F.leaky_relu(self.norm(self.convolution(x)), 0.01, inplace=True)


class Unet(torch.nn.Module):
    def __init__(self):
        super().__init__()
        inputs = [c, *channels[:-1]]
        self.encoder = torch.nn.ModuleList(
            torch.nn.Sequential(Layer(inputs[i], channels[i], stem if i == 0 else 1), Layer(channels[i], channels[i]))
            for i in range(levels)
        )
        self.up = torch.nn.ModuleList(
            torch.nn.Conv3d(channels[i + 1], channels[i], 1, bias=False) for i in range(levels - 1)
        )
        self.decoder = torch.nn.ModuleList(
            torch.nn.Sequential(Layer(2 * channels[i], channels[i]), Layer(channels[i], channels[i]))
            for i in range(levels - 1)
        )
        self.head = torch.nn.Conv3d(channels[0], classes, 1)

    def forward(self, x):
        skips = []
        for i, block in enumerate(self.encoder):
            x = block(F.avg_pool3d(x, 2) if i else x)
            skips.append(x)
        for i in reversed(range(levels - 1)):
            up = F.interpolate(self.up[i](x), scale_factor=2, mode="trilinear", align_corners=False)
            x = self.decoder[i](torch.cat([skips[i], up], 1))
        logits = self.head(x)
        return F.interpolate(logits, scale_factor=stem, mode="trilinear", align_corners=False) if stem > 1 else logits


def loss_of(logits, labels):
    cross_entropy = F.cross_entropy(logits, labels, ignore_index=255)
    valid = (labels != 255).unsqueeze(1).float()
    target = torch.zeros_like(logits).scatter_(1, labels.clamp(max=classes - 1).unsqueeze(1), valid)
    probability = torch.softmax(logits, 1) * valid
    over = (0, 2, 3, 4)
    overlap = (probability * target).sum(over)
    dice = (2 * overlap + 1e-5) / (probability.sum(over) + target.sum(over) + 1e-5)
    return cross_entropy + 1 - dice[1:].mean()


network = Unet()
optimizer = torch.optim.SGD(network.parameters(), lr=1e-3, momentum=0.99, nesterov=True, weight_decay=3e-5)
image = torch.randn(n, c, d, h, w)
labels = torch.randint(0, classes, (n, d, h, w))
print("ready", torch.__version__, flush=True)

for _ in sys.stdin:
    start = time.perf_counter()
    loss = loss_of(network(image), labels)
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), 12)
    optimizer.step()
    print(time.perf_counter() - start, flush=True)
