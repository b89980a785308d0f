"""The networks of src/main/networks again, in PyTorch; weights by the same names."""

import torch
import torch.nn.functional as F


def triple(value):
    return [value] * 3 if isinstance(value, int) else value


class Layers:
    def __init__(self, parameters, slope, prefix=""):
        self.parameters, self.slope, self.prefix = parameters, slope, prefix

    def __getitem__(self, name):
        return self.parameters[self.prefix + name]

    def convolve(self, name, x, stride=1, bias=None):
        weight = self[f"{name}.weight"]
        return F.conv3d(x, weight, bias, stride=stride, padding=[k // 2 for k in weight.shape[2:]])

    def activate(self, name, x):
        normal = F.instance_norm(x, weight=self[f"{name}.scale"], bias=self[f"{name}.shift"], eps=1e-5)
        return F.leaky_relu(normal, self.slope, inplace=True)

    def layer(self, name, x, stride=1):
        return self.activate(name, self.convolve(name, x, stride))

    def head(self, x):
        return F.conv3d(x, self["head.weight"], self["head.bias"])


def up(x, factors):
    return F.interpolate(x, scale_factor=[float(f) for f in triple(factors)], mode="trilinear", align_corners=False)


def unet(x, config, layers):
    levels, stem = config["levels"], triple(config["stemStride"])
    pools = config.get("pools") or [[2, 2, 2]] * (levels - 1)
    skips = []
    for level in range(levels):
        if level:
            x = F.avg_pool3d(x, pools[level - 1])
        x = layers.layer(f"encoder.{level}.0", x, stem if level == 0 else 1)
        x = layers.layer(f"encoder.{level}.1", x)
        skips.append(x)
    for level in reversed(range(levels - 1)):
        x = up(layers.convolve(f"decoder.{level}.up", x), pools[level])
        x = layers.layer(f"decoder.{level}.0", torch.cat([skips[level], x], 1))
        x = layers.layer(f"decoder.{level}.1", x)
    return up(layers.head(x), stem)


def residual_unet(x, config, layers):
    channels, units = config["channels"], config["units"]
    strides = (config.get("strides") or [[2, 2, 2]] * (len(channels) - 1)) + [[1, 1, 1]]
    skips = []
    for level, stride in enumerate(strides):
        inner = x
        for unit in range(max(1, units)):
            inner = layers.layer(f"encoder.{level}.{unit}", inner, stride if unit == 0 else 1)
        if units:
            shortcut = layers.prefix + f"encoder.{level}.shortcut.weight" in layers.parameters
            x = inner + (layers.convolve(f"encoder.{level}.shortcut", x, stride) if shortcut else x)
        else:
            x = inner
        skips.append(x)
    for level in reversed(range(len(channels) - 1)):
        name = f"decoder.{level}" if level else "head"
        x = up(layers.convolve(f"{name}.up", torch.cat([skips[level], x], 1)), strides[level])
        if level or units:
            x = layers.activate(f"{name}.up", x)
        if units:
            inner = layers.convolve(f"{name}.0", x)
            x = x + (layers.activate(f"{name}.0", inner) if level else inner)
    return x + layers["head.bias"]


def inception_unet(x, config, layers):
    channels = config["channels"]
    strides = [None] + (config.get("strides") or [[2, 2, 2]] * (len(channels) - 1))
    skips = [layers.layer("encoder.0.0", x)]
    for level in range(1, len(channels)):
        x = layers.layer(f"encoder.{level}.0", skips[-1], strides[level])
        skips.append(layers.layer(f"encoder.{level}.1", x))
    x = skips[-1]
    for level in reversed(range(len(channels) - 1)):
        x = layers.layer(f"decoder.{level}.0", torch.cat([skips[level], up(x, strides[level + 1])], 1))
    if config["inception"]:
        part = lambda name, x: layers.layer(f"inception.{name}", x)
        five = part("five.2", part("five.1", part("five.0", x)))
        mean = part("mean", F.avg_pool3d(x, 3, stride=1, padding=1, count_include_pad=True))
        x = torch.cat([part("one", x), part("three.1", part("three.0", x)), five, mean], 1)
    if config["squeezeExcitation"]:
        dense = lambda name, x: layers.convolve(f"excitation.{name}", x, bias=layers[f"excitation.{name}.bias"])
        squeezed = F.leaky_relu(dense("squeeze", x.mean((2, 3, 4), keepdim=True)), layers.slope)
        x = x * torch.sigmoid(dense("excite", squeezed))
    return layers.head(x)


def joined(x, config, layers):
    parts = [Features(layers.parameters, layers.slope, f"{part}.") for part in ("local", "global")]
    features = [unet(x, config[part], own) for part, own in zip(("local", "global"), parts)]
    return layers.head(torch.cat(features, 1))


class Features(Layers):
    """A network without its head: brought to the image's resolution it goes on to another's head."""

    def head(self, x):
        return x


def two_stem(x, config, layers):
    position = F.normalize(
        build(x, config["encoder"], Layers(layers.parameters, layers.slope, "position.")), dim=1, eps=1e-6
    )
    stems = []
    for name, stem in (("image", x), ("position", position)):
        for n in range(config["stem"]["convolutions"]):
            stem = layers.layer(f"stem.{name}.{n}", stem)
        stems.append(stem)
    return build(torch.cat(stems, 1), config["segmenter"], layers)


kinds = {
    "unet": unet,
    "residual-unet": residual_unet,
    "inception-unet": inception_unet,
    "two-stem": two_stem,
    "joined": joined,
}


def build(x, config, layers):
    """Logits at the image's resolution."""
    return kinds[config["kind"]](x, config, layers)
