"""How much channels matter, and what a channel costs in the shrinking loss."""
import torch

from adaptation.channels import Structure, depthwise

KINDS = ("scale", "gradient")


def scale_importance(network):
    """Return by space the root of the sum of squares of the scales gamma of a channel.

    Layers that write one residual sum are taken together; a layer without normalisation does not
    count.
    """
    return by_space(network, {name: norm.weight.detach().double() ** 2
                              for name, norm in network.norms.items()}, root=True)


def gradient_importance(network, losses):
    """Return by space the mean square of what the loss changes by if a channel goes.

    losses: a generator of losses of batches, forward passes of `network`.  With the scale gamma and
    the offset beta of a normalisation it is, to first order, gamma dL/dgamma + beta dL/dbeta; the
    sum runs over all layers that write the channel.
    """
    sums, count = {}, 0
    for loss in losses:
        network.zero_grad(set_to_none=True)
        loss.backward()
        changes = {name: (norm.weight * norm.weight.grad + norm.bias * norm.bias.grad)
                   .detach().double() for name, norm in network.norms.items()}
        for space, change in by_space(network, changes).items():
            sums[space] = sums.get(space, 0) + change ** 2
        count += 1
    network.zero_grad(set_to_none=True)
    return {space: total / count for space, total in sums.items()}


def by_space(network, values, root=False):
    """Return the sums over the layers of each free space; depthwise layers are left out.

    A depthwise layer has the channels of its input, which is the same removal.
    """
    structure = Structure(network.nodes)
    nodes = {node.name: node for node in network.nodes}
    found = {}
    for space in structure.free():
        own = [values[name] for name in space.writers
               if name in values and not depthwise(nodes[name])]
        total = sum(own[1:], own[0]).cpu()
        found[space.name] = total.sqrt() if root else total
    return found


class ShrinkLoss:
    """The regulariser of the shrinking: cost of a channel times the magnitude of its scale.

    Systems reference: F(L) = x y (sum |gamma_L| + sum |gamma_{L-1}|).  Here x y of a layer is split
    into what one channel of its outputs and one of its inputs takes of the arrays, in shares of all
    cells and of all weight-loading cycles, and a scale's factor is the sum over the layers it
    writes and reads.  Factors are divided by their mean, so that lambda does not depend on the size
    of the network.
    """

    def __init__(self, nodes, array_cost):
        structure = Structure(nodes)
        total = array_cost.total(nodes)
        shares = dict.fromkeys(structure.spaces, 0.0)
        for node in nodes:
            if not node.weighted:
                continue
            cost = array_cost.of(node)
            share = cost.cells / total.cells + cost.load_cycles / total.load_cycles
            shares[structure.of[node.name]] += share / node.channels
            if not depthwise(node):
                shares[structure.input_of(node)] += share / node.channels_in
        self.factors = {}
        for space in structure.free():
            for name in space.writers:
                self.factors[name] = shares[space.name]
        sizes = {node.name: node.channels for node in nodes}
        count = sum(sizes[name] for name in self.factors)
        mean = sum(sizes[name] * value for name, value in self.factors.items()) / max(1, count)
        self.factors = {name: value / mean for name, value in self.factors.items()}

    def __call__(self, network):
        """Return F of a network."""
        terms = [factor * network.norms[name].weight.abs().sum()
                 for name, factor in self.factors.items() if name in network.norms]
        return torch.stack(terms).sum()
