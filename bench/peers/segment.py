"""What `emend segment` does, in Python with nibabel, PyTorch and SciPy: the peer of bench/segment.ts.

Takes a JSON file with the model's figures and the path of its weights; prints its seconds (imports left out) and peak
memory as JSON. Everything is done the way that is fast there: one network over the same windows, logits kept at the
stem's resolution, and only one slice of them interpolated at a time.
"""

import json
import resource
import sys
import time

import nibabel
import numpy as np
import torch
import torch.nn.functional as F
from scipy import ndimage

began = time.perf_counter()
plan = json.load(open(sys.argv[1]))
torch.set_num_threads(plan["threads"])
torch.set_grad_enabled(False)
config, preprocess, inference = plan["config"], plan["preprocess"], plan["inference"]
levels, stem = config["levels"], config["stemStride"]

numbers = torch.from_numpy(np.fromfile(plan["weightsPath"], np.float32))
weights, at = {}, 0
for name, shape in plan["shapes"]:
    size = int(np.prod(shape))
    weights[name] = numbers[at : at + size].reshape(shape)
    at += size


def layer(name, x, stride=1):
    x = F.conv3d(x, weights[f"{name}.weight"], None, stride, padding=1)
    x = F.instance_norm(x, weight=weights[f"{name}.scale"], bias=weights[f"{name}.shift"])
    return F.leaky_relu(x, 0.01, inplace=True)


def network(x):
    skips = []
    for level in range(levels):
        if level:
            x = F.avg_pool3d(x, 2)
        x = layer(f"encoder.{level}.1", layer(f"encoder.{level}.0", x, 1 if level else stem))
        skips.append(x)
    for level in reversed(range(levels - 1)):
        x = F.conv3d(x, weights[f"decoder.{level}.up.weight"])
        x = F.interpolate(x, scale_factor=2, mode="trilinear", align_corners=False)
        x = layer(f"decoder.{level}.1", layer(f"decoder.{level}.0", torch.cat([skips[level], x], 1)))
    return F.conv3d(x, weights["head.weight"], weights["head.bias"])


def starts(length, size, step):
    room = length - size
    intervals = int(np.ceil(room / (step * size)))
    return [int(np.floor(n * room / intervals + 0.5)) if intervals else 0 for n in range(intervals + 1)]


# Volumes are [k, j, i] here.
file = nibabel.load(plan["image"])
volume = np.asarray(file.dataobj).T
mm = np.array(file.header.get_zooms()[::-1], float)
assert "".join(nibabel.aff2axcodes(file.affine)) == preprocess["orientation"]
dims = [max(1, int(np.floor(n * s / t + 0.5))) for n, s, t in zip(volume.shape, mm, preprocess["grid"]["mm"][::-1])]
image = torch.from_numpy(volume.astype(np.float32))[None, None]
image = F.interpolate(image, size=dims, mode="trilinear", align_corners=False)
low, high = preprocess["intensity"]["clamp"]
image = (image.clamp_(low, high) + preprocess["intensity"]["offset"]) * preprocess["intensity"]["scale"]

patch = inference["patch"][::-1]
pad = [max(0, p - n) for p, n in zip(patch, dims)]
image = F.pad(image, (0, pad[2], 0, pad[1], 0, pad[0]), value=float(image.min()))
coarse = [n // stem for n in image.shape[2:]]
size = [n // stem for n in patch]
axes = [np.exp(-0.5 * ((np.arange(n) - (n - 1) / 2) / (n / 8)) ** 2) for n in size]
window = torch.from_numpy(np.maximum(1e-3, axes[0][:, None, None] * axes[1][:, None] * axes[2]).astype(np.float32))
logits = torch.zeros(config["outputChannels"], *coarse)
counts = torch.zeros(coarse)
for k in starts(coarse[0], size[0], inference["step"]):
    for j in starts(coarse[1], size[1], inference["step"]):
        for i in starts(coarse[2], size[2], inference["step"]):
            z, y, x = (slice(s * stem, s * stem + p) for s, p in zip((k, j, i), patch))
            scores = network(image[:, :, z, y, x])[0]
            z, y, x = (slice(s, s + n) for s, n in zip((k, j, i), size))
            logits[:, z, y, x] += window * scores
            counts[z, y, x] += window
logits /= counts
logits = logits[:, : dims[0] // stem, : dims[1] // stem, : dims[2] // stem]

ids = np.array(plan["ids"], np.uint8)
labels = np.empty(volume.shape, np.uint8)
depth = logits.shape[1]
for k in range(volume.shape[0]):
    z = min(max((k + 0.5) * depth / volume.shape[0] - 0.5, 0), depth - 1)
    below = int(z)
    plane = torch.lerp(logits[:, below], logits[:, min(below + 1, depth - 1)], z - below)
    plane = F.interpolate(plane[None], size=volume.shape[1:], mode="bilinear", align_corners=False)
    labels[k] = ids[plane[0].argmax(0).numpy()]

boxes = ndimage.find_objects(labels)
for structure in plan["single"]:
    if structure > len(boxes) or boxes[structure - 1] is None:
        continue
    part = labels[boxes[structure - 1]]
    components, count = ndimage.label(part == structure, np.ones((3, 3, 3)))
    if count > 1:
        largest = np.bincount(components.ravel())[1:].argmax() + 1
        part[(components > 0) & (components != largest)] = 0

nibabel.save(nibabel.Nifti1Image(labels.T, file.affine), plan["out"])
seconds = time.perf_counter() - began
print(json.dumps({"seconds": seconds, "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
