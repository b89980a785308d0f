"""What PyTorch computes in float64 for the same training: the peer of the graph's tests.

Takes a JSON array of tasks on standard input and answers with one of results on standard output.
  {"task": "network", config, slope, imageShape, image, labels, parameters: {name: {shape, data}}, frozen: [name]}
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
from torchNetworks import Layers, build

torch.set_num_threads(1)


def tensor(data, shape=None):
    values = torch.tensor(data, dtype=torch.float64)
    return values if shape is None else values.reshape(shape)


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
    logits = build(tensor(task["image"], shape), task["config"], Layers(parameters, task["slope"]))
    loss, dice = dice_cross_entropy(logits, labels)
    trained = {name: value for name, value in parameters.items() if name not in task["frozen"]}
    gradients = torch.autograd.grad(loss, list(trained.values()))
    return {
        "loss": loss.item(),
        "dice": dice.tolist(),
        "gradients": {name: g.flatten().tolist() for name, g in zip(trained, gradients)},
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
