"""Which channels of a network belong together: a space is what can lose or gain a channel at once.

Layers that write one residual sum share their space, and a depthwise convolution has that of its
input.  A matrix over a map takes pixels x pixels rows of every channel.  The image, the outputs of
the network and both sides of a grouped convolution are frozen: their channels stay.
"""
from dataclasses import dataclass, field, replace

from adaptation.errors import AdaptationError


@dataclass
class Space:
    """A set of tensors with the same channels.

    writers: weighted nodes whose outputs are its channels, depthwise ones included; readers:
    weighted nodes whose inputs are.  Sizes are those of the nodes the spaces were found in.
    """

    name: str
    channels: int
    frozen: bool = False
    writers: list = field(default_factory=list)
    readers: list = field(default_factory=list)
    tensors: list = field(default_factory=list)


def depthwise(node):
    """Return whether each output channel is made of the input channel of the same number."""
    return (node.op == "conv" and node.groups > 1
            and node.groups == node.channels_in == node.channels)


class Structure:
    """Spaces of a node tuple; `of[tensor]` is the name of a tensor's space."""

    def __init__(self, nodes):
        self.nodes = nodes
        parent = {"input": "input"}
        order = {"input": -1, **{node.name: place for place, node in enumerate(nodes)}}
        channels = {"input": next(node.channels_in for node in nodes
                                  if node.weighted and node.inputs[0] == "input")}

        def root(name):
            while parent[name] != name:
                name = parent[name]
            return name

        for node in nodes:
            if node.weighted and not depthwise(node):
                parent[node.name] = node.name
                channels[node.name] = node.channels
                continue
            roots = sorted({root(name) for name in node.inputs}, key=order.get)
            for name in (node.name, *roots):
                parent[name] = roots[0]     # the first writer gives its name
        self.of = {name: root(name) for name in parent}
        self.spaces = {}
        for name, space in self.of.items():
            found = self.spaces.setdefault(space, Space(space, channels[space]))
            found.tensors.append(name)
        for node in nodes:
            if not node.weighted:
                continue
            self.spaces[self.of[node.name]].writers.append(node.name)
            self.spaces[self.of[node.inputs[0]]].readers.append(node.name)
            if node.groups > 1 and not depthwise(node):
                self.spaces[self.of[node.name]].frozen = True
                self.spaces[self.of[node.inputs[0]]].frozen = True
        for name in ("input", nodes[-1].name):
            self.spaces[self.of[name]].frozen = True

    def input_of(self, node):
        """Return the name of the space that `node` reads."""
        return self.of[node.inputs[0]]

    def free(self):
        """Return the spaces whose channels may change, in the order of the nodes."""
        return [space for space in self.spaces.values() if not space.frozen]

    def widths(self):
        """Return the channels of every space by its name."""
        return {name: space.channels for name, space in self.spaces.items()}

    def asked_widths(self, asked):
        """Return the channels by space of `asked`, {layer: channels}; AdaptationError if a layer is
        unknown or its channels cannot change, or if two of one space are to differ."""
        free = {space.name for space in self.free()}
        layers = [node.name for node in self.nodes if node.weighted and self.of[node.name] in free]
        made = {}
        for name, channels in asked.items():
            if name not in layers:
                raise AdaptationError(f"--channels {name}={channels}: the network has no layer "
                                      f"{name} whose channels can change; those that can are "
                                      f"{', '.join(layers)}.")
            space = self.of[name]
            if made.setdefault(space, channels) != channels:
                raise AdaptationError(f"--channels {name}={channels}: the layer adds to the same "
                                      f"sum as {space}, for which {made[space]} are asked; one "
                                      "number for both would be right.")
        return made

    def resized(self, widths):
        """Return the nodes with the channels that `widths` gives every space."""
        made = []
        for node in self.nodes:
            if not node.weighted:
                made.append(node)
                continue
            channels, source = widths[self.of[node.name]], widths[self.input_of(node)]
            groups = channels if depthwise(node) else node.groups
            made.append(replace(node, channels=channels, channels_in=source, groups=groups))
        return tuple(made)
