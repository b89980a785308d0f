"""What PyTorch computes in float64 for the same training: the peer of the graph's tests.

Takes a JSON array of tasks on standard input and answers with one of results on standard output.
  {"task": "network", config, slope, imageShape, image, labels, parameters: {name: {shape, data}}}
      -> {loss, dice, gradients: {name: data}}
  {"task": "optimizer", kind, options, learningRates, clipNorm, start, scales, targets}
      -> {parameters} after minimising sum(scales * (parameters - targets)^2)
  {"task": "loss", ...} as torchLosses.py says
"""

import json
import sys

import torch
import torch.nn.functional as F

from torchLosses import loss

torch.set_num_threads(1)


def tensor(data, shape=None):
    values = torch.tensor(data, dtype=torch.float64)
    return values if shape is None else values.reshape(shape)


def unet(x, parameters, config, slope):
    levels = config["levels"]
    stem = config["stemStride"]
    stem = [stem] * 3 if isinstance(stem, int) else stem
    pools = config.get("pools") or [[2, 2, 2]] * (levels - 1)

    def convolve(name, x, stride=1):
        weight = parameters[f"{name}.weight"]
        return F.conv3d(x, weight, stride=stride, padding=[k // 2 for k in weight.shape[2:]])

    def layer(name, x, stride=1):
        scale, shift = parameters[f"{name}.scale"], parameters[f"{name}.shift"]
        normal = F.instance_norm(convolve(name, x, stride), weight=scale, bias=shift, eps=1e-5)
        return F.leaky_relu(normal, slope)

    def up(x, factors):
        return F.interpolate(x, scale_factor=factors, mode="trilinear", align_corners=False)

    skips = []
    for level in range(levels):
        if level:
            x = F.avg_pool3d(x, pools[level - 1])
        x = layer(f"encoder.{level}.0", x, stem if level == 0 else 1)
        x = layer(f"encoder.{level}.1", x)
        skips.append(x)
    for level in reversed(range(levels - 1)):
        x = up(convolve(f"decoder.{level}.up", x), [float(f) for f in pools[level]])
        x = layer(f"decoder.{level}.0", torch.cat([skips[level], x], 1))
        x = layer(f"decoder.{level}.1", x)
    x = F.conv3d(x, parameters["head.weight"], parameters["head.bias"])
    return up(x, [float(f) for f in stem])


def dice_cross_entropy(logits, labels, ignore=255, smoothing=1e-5):
    classes = logits.shape[1]
    valid = (labels != ignore).unsqueeze(1)
    target = F.one_hot(labels.clamp(max=classes - 1), classes).movedim(-1, 1) * valid
    probability = torch.softmax(logits, 1) * valid
    over = (0, 2, 3, 4)
    dice = (2 * (probability * target).sum(over) + smoothing) / (
        probability.sum(over) + target.sum(over) + smoothing
    )
    return F.cross_entropy(logits, labels, ignore_index=ignore) + 1 - dice[1:].mean(), dice


def network(task):
    parameters = {
        name: tensor(value["data"], value["shape"]).requires_grad_() for name, value in task["parameters"].items()
    }
    shape = task["imageShape"]
    labels = torch.tensor(task["labels"]).reshape(shape[0], *shape[2:])
    logits = unet(tensor(task["image"], shape), parameters, task["config"], task["slope"])
    loss, dice = dice_cross_entropy(logits, labels)
    gradients = torch.autograd.grad(loss, list(parameters.values()))
    return {
        "loss": loss.item(),
        "dice": dice.tolist(),
        "gradients": {name: g.flatten().tolist() for name, g in zip(parameters, gradients)},
    }


def optimizer(task):
    parameters = tensor(task["start"]).requires_grad_()
    scales, targets = tensor(task["scales"]), tensor(task["targets"])
    kinds = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW}
    update = kinds[task["kind"]]([parameters], lr=0.1, **task["options"])
    for rate in task["learningRates"]:
        update.param_groups[0]["lr"] = rate
        update.zero_grad()
        (scales * (parameters - targets) ** 2).sum().backward()
        if task["clipNorm"] is not None:
            torch.nn.utils.clip_grad_norm_([parameters], task["clipNorm"])
        update.step()
    return {"parameters": parameters.tolist()}


tasks = {"network": network, "optimizer": optimizer, "loss": loss}
json.dump([tasks[task["task"]](task) for task in json.load(sys.stdin)], sys.stdout)
