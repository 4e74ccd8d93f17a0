"""Channels taken out of a checkpoint and new ones put in, the function nearly unchanged."""
import torch
import torch.nn.functional as F

from adaptation.channels import Structure, depthwise
from chip_network import INPUT_STEP, ChipNetwork, product

NORM_KEYS = ("weight", "bias", "running_mean", "running_var")


def network_of(nodes, state):
    """Return a ChipNetwork of nodes with a checkpoint's state."""
    network = ChipNetwork(nodes).to(memory_format=torch.channels_last)
    network.load_state_dict(state)
    return network


@torch.no_grad()
def tensor_means(network, batches):
    """Return the mean map (1, C, H, W) over images of every tensor; batches: codes, a list."""
    network.eval()
    sums, count = {}, 0
    for codes in batches:
        values = {"input": codes.contiguous(memory_format=torch.channels_last) * INPUT_STEP}
        for node in network.nodes:
            values[node.name] = network.float_node(node, [values[name] for name in node.inputs])
        for name, value in values.items():
            sums[name] = sums.get(name, 0) + value.float().sum(0, keepdim=True)
        count += len(codes)
    return {name: value / count for name, value in sums.items()}


@torch.no_grad()
def without_channels(nodes, state, kept, means=None):
    """Return (nodes, state) with the channels `kept` alone: sorted index tensors by space.

    Spaces that are not in `kept` keep all.  means: of tensor_means; what the removed channels gave
    the next layers on average is then taken over by their normalisation's mean, or the bias.
    """
    structure = Structure(nodes)
    widths = structure.widths()
    widths.update({name: len(index) for name, index in kept.items()})
    state = {key: value.clone() for key, value in state.items()}
    for node in nodes:
        if not node.weighted:
            continue
        source = kept.get(structure.input_of(node))
        if source is not None and not depthwise(node):
            if means is not None:
                compensate(node, state, source, means[node.inputs[0]])
            key = f"weights.{node.name}"
            state[key] = state[key][:, source]
        outputs = kept.get(structure.of[node.name])
        if outputs is not None:
            for key in output_keys(node, state):
                state[key] = state[key][outputs]
    return structure.resized(widths), state


def output_keys(node, state):
    """Return the keys of a node's values that are one a channel of its output, weights included."""
    keys = [f"norms.{node.name}.{key}" for key in NORM_KEYS]
    return [key for key in (f"weights.{node.name}", f"biases.{node.name}", *keys) if key in state]


def compensate(node, state, source, mean):
    """Give the mean of what removed channels add to a layer to its normalisation or bias."""
    weight = state[f"weights.{node.name}"]
    removed = torch.ones(weight.shape[1], dtype=torch.bool, device=weight.device)
    removed[source] = False
    if not removed.any():
        return
    given = product(node, mean[:, removed].to(weight.device), weight[:, removed]).mean((0, 2, 3))
    if f"biases.{node.name}" in state:
        state[f"biases.{node.name}"] += given
    else:
        state[f"norms.{node.name}.running_mean"] -= given


@torch.no_grad()
def with_channels(nodes, state, widths, generator):
    """Return (nodes, state) grown to `widths` by space; new channels change no output yet.

    They get random weights, the mean scale and offset of the layer's channels, and are read with
    weights of zero: gradients reach those at once, and through them the new channels.
    """
    structure = Structure(nodes)
    state = dict(state)
    for node in nodes:
        if not node.weighted:
            continue
        weight = state[f"weights.{node.name}"]
        source = widths[structure.input_of(node)]
        if not depthwise(node) and source > weight.shape[1]:
            weight = F.pad(weight, (0, 0, 0, 0, 0, source - weight.shape[1]))
        extra = widths[structure.of[node.name]] - len(weight)
        if extra > 0:
            deviation = weight.std(unbiased=False).clamp(min=1e-3)
            fresh = torch.randn(extra, *weight.shape[1:], generator=generator).to(weight.device)
            weight = torch.cat((weight, fresh * deviation))
            grow_outputs(node, state, extra)
        state[f"weights.{node.name}"] = weight.contiguous()
    return structure.resized(widths), state


def grow_outputs(node, state, extra):
    """Append the mean of the scales, offsets and statistics of a layer's channels."""
    for key in output_keys(node, state):
        if key != f"weights.{node.name}":
            values = state[key]
            if key.endswith(".weight"):
                values = values.abs()
            mean = values.mean().expand(extra)
            state[key] = torch.cat((state[key], mean))


def best_channels(values, count):
    """Return the sorted indices of the `count` greatest values."""
    order = torch.argsort(values.double(), descending=True, stable=True)
    return torch.sort(order[:count]).values
