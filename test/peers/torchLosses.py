"""Losses and their gradients in float64, as PyTorch has them; used by torchTraining.py.

  {"task": "loss", name, inputs: [{shape, data}], options} -> {loss, gradients: one for each of options.by}
"""

import torch
import torch.nn.functional as F


def merged_dice_cross_entropy(logits, annotated, labels, by, background=False, smoothing=1e-5):
    """Builds, sample by sample, the tensor of labelled classes and one for all others."""
    classes = logits.shape[1]
    known = [k for k in range(1, classes) if annotated[:, k].any()]
    entropy, counted = 0, 0
    overlap = {k: 0 for k in range(classes)}
    size = {k: 0 for k in range(classes)}
    for z, own, label in zip(logits, annotated.flatten(1), labels.squeeze(1).long()):
        kept = [k for k in range(1, classes) if own[k]]
        rest = z[[k for k in range(classes) if k not in kept]]
        joined = rest.amax(0) if by == "max" else torch.logsumexp(rest, 0)
        reduced = torch.cat([joined[None], z[kept]])
        valid = label != 255
        place = torch.zeros_like(label)
        for i, k in enumerate(kept):
            place[label == k] = i + 1
        probability = torch.softmax(reduced, 0)
        entropy = entropy - (torch.log_softmax(reduced, 0).gather(0, place[None])[0] * valid).sum()
        counted += int(valid.sum())
        for i, k in enumerate([0, *kept]):
            target = (place == i) & valid
            overlap[k] = overlap[k] + (probability[i] * target).sum()
            size[k] = size[k] + (probability[i] * valid).sum() + target.sum()
    scored = known + [0] * background
    dice = [(2 * overlap[k] + smoothing) / (size[k] + smoothing) for k in scored]
    return entropy / counted + 1 - sum(dice) / len(dice)


def left_out_dice_cross_entropy(logits, annotated, labels, background=False, smoothing=1e-5):
    """Voxel by voxel, over the classes that count there: the labelled ones and background where it is background, else all."""
    classes = logits.shape[1]
    entropy, counted = 0, 0
    overlap, size = [0] * classes, [0] * classes
    for z, own, label in zip(logits, annotated.flatten(1), labels.squeeze(1).long()):
        kept = [k for k in range(classes) if k == 0 or own[k]]
        for scores, true in zip(z.flatten(1).T, label.flatten().tolist()):
            if true == 255:
                continue
            counting = kept if true == 0 else list(range(classes))
            probability = torch.softmax(scores[counting], 0)
            entropy = entropy - torch.log(probability[counting.index(true)])
            counted += 1
            for place, k in enumerate(counting):
                size[k] = size[k] + probability[place] + (k == true)
                if k == true:
                    overlap[k] = overlap[k] + probability[place]
    scored = [k for k in range(1, classes) if annotated[:, k].any()] + [0] * background
    dice = [(2 * overlap[k] + smoothing) / (size[k] + smoothing) for k in scored]
    return entropy / counted + 1 - sum(dice) / len(dice)


def soft_cross_entropy(logits, teacher, weight, temperature, divergence):
    ours, theirs = F.log_softmax(logits / temperature, 1), F.log_softmax(teacher / temperature, 1)
    against = theirs - ours if divergence else -ours
    perVoxel = (theirs.exp() * against).sum(1, keepdim=True)
    return temperature.squeeze() ** 2 * (perVoxel * weight).sum() / weight.sum().clamp(min=1)


def consistency(logits, probabilities, weight):
    squares = F.mse_loss(torch.softmax(logits, 1), probabilities, reduction="none").mean(1, keepdim=True)
    return (squares * weight).sum() / weight.sum().clamp(min=1)


def reconstruction(x, target, weight, norm):
    each = {"L1": F.l1_loss, "L2": F.mse_loss}[norm](x, target, reduction="none").mean(1, keepdim=True)
    return (each * weight).sum() / weight.sum().clamp(min=1)


def info_nce(queries, keys, negatives, temperature, others="apart"):
    q, k, n = (F.normalize(rows, dim=1) for rows in (queries, keys, negatives))
    if others == "negative":
        return F.cross_entropy(q @ torch.cat([k, n]).T / temperature, torch.arange(len(q)))
    similarity = torch.cat([(q * k).sum(1, keepdim=True), q @ n.T], 1) / temperature
    return F.cross_entropy(similarity, torch.zeros(len(q), dtype=torch.long))


def region_contrast(queries, positives, valid, temperature):
    """Region by region, as the equation is printed; only the valid ones are there at all."""
    there = [k for k in range(len(valid)) if valid[k] > 0]
    q, p = (F.normalize(rows[there], dim=1) for rows in (queries, positives))
    total = 0
    for i in range(len(there)):
        below = sum((q[i] @ q[j] / temperature).exp() + (q[i] @ p[j] / temperature).exp() for j in range(len(there)))
        total = total - ((q[i] @ p[i] / temperature).exp() / below).log()
    return total / len(there)


def projection(rows, w0, b0, w1, b1, target):
    """Two dense layers as torch.nn has them, then the squared distance to a target."""
    return ((F.leaky_relu(rows @ w0 + b0, 0.01) @ w1 + b1 - target) ** 2).mean()


def voxel_projection(x, w0, b0, w1, b1, target):
    return ((F.conv3d(F.leaky_relu(F.conv3d(x, w0, b0), 0.01), w1, b1) - target) ** 2).mean()


def image_projection(x, w0, b0, w1, b1, target):
    return projection(x.mean((2, 3, 4)), w0, b0, w1, b1, target)


losses = {
    "mergedDiceCrossEntropy": merged_dice_cross_entropy,
    "leftOutDiceCrossEntropy": left_out_dice_cross_entropy,
    "softCrossEntropy": soft_cross_entropy,
    "consistency": consistency,
    "reconstruction": reconstruction,
    "infoNce": info_nce,
    "regionContrast": region_contrast,
    "projectRows": projection,
    "projectVoxels": voxel_projection,
    "projectImage": image_projection,
}


def loss(task):
    inputs = [torch.tensor(i["data"], dtype=torch.float64).reshape(i["shape"]) for i in task["inputs"]]
    by = task["by"]
    for i in by:
        inputs[i].requires_grad_()
    value = losses[task["name"]](*inputs, **task["options"])
    gradients = torch.autograd.grad(value, [inputs[i] for i in by])
    return {"loss": value.item(), "gradients": [g.flatten().tolist() for g in gradients]}
