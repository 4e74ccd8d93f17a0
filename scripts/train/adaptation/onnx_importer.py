"""The walk over the operators of an ONNX graph: nodes, weights, biases and normalisations."""
import re
from dataclasses import dataclass, replace

import numpy as np
import torch

from adaptation.errors import AdaptationError
from architectures import Node
from chip_network import ChipNetwork

BATCH_NORM_EPSILON = 1e-5       # of torch.nn.BatchNorm2d, which ChipNetwork uses


@dataclass
class Imported:
    """A network and what of it is not yet a ChipNetwork's.

    shape: (channels, height, width) of the image; bare: names of nodes whose normalisation was put
    in for one that was folded; notes: what was left out.
    """

    nodes: tuple
    state: dict
    shape: tuple
    bare: list
    notes: list


@dataclass
class Tensor:
    """A computed tensor: the node that makes it, its shape, whether it cannot be negative."""

    node: str
    channels: int
    height: int
    width: int
    positive: bool
    flat: bool = False


def readable_name(operator, taken):
    """Return a name of letters, digits and _ for a layer, from its weights' or its own."""
    weight = operator.constant_names.get(1) or operator.constant_names.get(0) or ""
    words = weight[:-len(".weight")] if weight.endswith(".weight") else ""
    if not words and operator.label.startswith("node '"):
        words = operator.label.split("'")[1]
        if "/" in words:
            words = "_".join(part for part in words.split("/") if part and part != operator.kind)
    words = re.sub(r"\W+", "_", words.replace("_output_0", "")).strip("_").removesuffix("_weight")
    kinds = {"Conv": "conv", "Gemm": "fc", "MatMul": "fc", "Add": "add", "MaxPool": "pool"}
    kind = kinds.get(operator.kind, "mean")
    if not words or words[0].isdigit():
        words = f"{kind}{words}" if words else kind
    if words == "input":
        words = "input_" + kind
    name, number = words, 1
    while name in taken:
        number += 1
        name = f"{words}_{number}"
    return name


class Importer:
    """Walks a Graph once, from the input to the output."""

    def __init__(self, graph):
        self.graph = graph
        self.tensors = {graph.input: Tensor("input", *graph.shape, True)}
        self.nodes, self.weights, self.biases, self.norms = [], {}, {}, {}
        self.notes = []
        self.uses = {}
        for operator in graph.operators:
            for name in operator.inputs:
                self.uses[name] = self.uses.get(name, 0) + 1

    def result(self):
        """Return the Imported network."""
        for operator in self.graph.operators:
            self.convert(operator)
        last = self.tensors.get(self.graph.output)
        if last is None or not self.nodes:
            raise AdaptationError(f"output '{self.graph.output}' is computed by no layer.")
        if last.node != self.nodes[-1].name:
            raise AdaptationError(f"the output is that of '{last.node}', and "
                                  f"'{self.nodes[-1].name}' behind it has no use; export the network without it.")
        return self.checkpoint()

    def convert(self, operator):
        """Add what one operator stands for."""
        converters = {
            "Conv": self.conv, "Gemm": self.gemm, "MatMul": self.matmul,
            "BatchNormalization": self.norm, "Relu": self.relu, "MaxPool": self.max_pool,
            "AveragePool": self.average, "GlobalAveragePool": self.average,
            "ReduceMean": self.average, "Add": self.add, "Flatten": self.flatten,
            "Reshape": self.flatten, "Softmax": self.softmax, "LogSoftmax": self.softmax}
        if operator.kind not in converters:
            refuse(operator, f"cannot be adapted; known are {', '.join(sorted(converters))}")
        for name in operator.inputs:
            if name not in self.tensors:
                refuse(operator, f"takes '{name}', which no layer before it computes")
        converters[operator.kind](operator)

    def source(self, operator):
        """Return the only computed input."""
        if len(operator.inputs) != 1:
            refuse(operator, f"has {len(operator.inputs)} computed inputs; one and constants are "
                   "needed")
        return self.tensors[operator.inputs[0]]

    def append(self, operator, node, tensor):
        """Add `node`, which computes `tensor`."""
        self.nodes.append(node)
        self.tensors[operator.output] = tensor

    def name(self, operator):
        """Return an unused name for the node of an operator."""
        return readable_name(operator, {"input", *(node.name for node in self.nodes)})

    def conv(self, operator):
        """Conv: square kernel, stride and padding; no dilation."""
        source, weight = self.source(operator), operator.constants.get(1)
        if weight is None or weight.ndim != 4 or source.flat:
            refuse(operator, "needs constant weights of 4 dimensions over a map of pixels")
        attributes = operator.attributes
        if attributes.get("auto_pad", b"NOTSET") not in (b"NOTSET", b"VALID"):
            refuse(operator, "has auto_pad; give its pads as numbers")
        kernel = set(weight.shape[2:])
        strides, dilations = set(attributes.get("strides", [1])), attributes.get("dilations", [1])
        pads, groups = set(attributes.get("pads", [0])), attributes.get("group", 1)
        if max(map(len, (kernel, strides, pads))) > 1 or set(dilations) != {1}:
            refuse(operator, f"has kernel {list(weight.shape[2:])}, strides "
                   f"{attributes.get('strides', [1])}, pads {attributes.get('pads', [0])} and "
                   f"dilations {list(dilations)}; square ones without dilation are needed")
        kernel, stride, pad = kernel.pop(), strides.pop(), pads.pop()
        name = self.name(operator)
        node = Node("conv", name, (source.node,), source.channels, len(weight), kernel, stride, pad,
                    groups)
        self.weights[name] = np.asarray(weight, np.float64)
        self.biases[name] = np.asarray(operator.constants.get(2, np.zeros(len(weight))), np.float64)
        size = [(extent + 2 * pad - kernel) // stride + 1
                for extent in (source.height, source.width)]
        self.append(operator, node, Tensor(name, len(weight), *size, False))

    def gemm(self, operator):
        """Gemm with constant weights."""
        attributes = operator.attributes
        weight = operator.constants.get(1)
        if weight is None or attributes.get("transA", 0):
            refuse(operator, "needs constant weights as its second factor and no transA")
        weight = np.asarray(weight, np.float64) * attributes.get("alpha", 1.0)
        bias = np.asarray(operator.constants.get(2, 0.0), np.float64) * attributes.get("beta", 1.0)
        self.matrix(operator, weight if attributes.get("transB", 0) else weight.T, bias)

    def matmul(self, operator):
        """MatMul of a vector and a constant."""
        if 1 not in operator.constants:
            refuse(operator, "needs constant weights as its second factor")
        self.matrix(operator, np.asarray(operator.constants[1], np.float64).T, 0.0)

    def matrix(self, operator, weight, bias):
        """Add a linear node; weight: (out, in) with in = channels x pixels."""
        source = self.source(operator)
        pixels = source.height
        if weight.ndim != 2 or source.height != source.width or (
                pixels > 1 and not source.flat):
            refuse(operator, f"takes {source.channels} x {source.height} x {source.width}; a "
                   "flattened square map or a vector is needed")
        if weight.shape[1] != source.channels * pixels ** 2:
            refuse(operator, f"has weights for {weight.shape[1]} inputs and gets "
                   f"{source.channels * pixels ** 2}")
        name = self.name(operator)
        node = Node("linear", name, (source.node,), source.channels, len(weight), pixels)
        self.weights[name] = weight.reshape(node.weight_shape)
        self.biases[name] = np.broadcast_to(bias, (len(weight),)).astype(np.float64)
        self.append(operator, node, Tensor(name, len(weight), 1, 1, False, True))

    def norm(self, operator):
        """BatchNormalization right behind a layer with weights: gain, offset, mean, variance."""
        source = self.source(operator)
        node = self.producer(operator, source)
        if not node.weighted or node.relu or node.name in self.norms or \
                self.uses[operator.inputs[0]] > 1:
            refuse(operator, "does not follow a Conv or Gemm alone; put it behind one")
        gain, offset, mean, variance = (np.asarray(operator.constants[place], np.float64)
                                        for place in range(1, 5))
        epsilon = operator.attributes.get("epsilon", BATCH_NORM_EPSILON)
        # ChipNetwork's normalisation has its own epsilon and no bias before it.
        self.norms[node.name] = (gain, offset, mean - self.biases[node.name],
                                 np.maximum(variance + epsilon - BATCH_NORM_EPSILON, 0))
        self.tensors[operator.output] = source

    def relu(self, operator):
        """Relu behind a layer, or behind a MaxPool: in front of which it is the same."""
        source = self.source(operator)
        self.tensors[operator.output] = replace(source, positive=True)
        if source.positive:
            return
        node = self.producer(operator, source)
        while True:
            shared = any(self.uses.get(name, 0) > 1 for name, tensor in self.tensors.items()
                         if tensor.node == node.name and name != operator.output)
            if shared or node.op not in ("conv", "linear", "add", "max_pool"):
                refuse(operator, f"follows '{node.name}', whose output is used without it too or "
                       "is a mean; put it behind a Conv, Gemm or Add of its own")
            self.nodes[self.nodes.index(node)] = replace(node, relu=True)
            if node.op != "max_pool":
                return
            node = next(item for item in self.nodes if item.name == node.inputs[0])

    def producer(self, operator, tensor):
        """Return the node that computes `tensor`."""
        for node in self.nodes:
            if node.name == tensor.node:
                return node
        return refuse(operator, "acts on the network's input; a layer must come before it")

    def max_pool(self, operator):
        """MaxPool of 2 x 2 pixels."""
        source, attributes = self.source(operator), operator.attributes
        if attributes.get("kernel_shape") != [2, 2] or attributes.get("strides") != [2, 2] or any(
                attributes.get("pads", [0])) or attributes.get("ceil_mode", 0):
            refuse(operator, f"has the window {attributes.get('kernel_shape')}, strides "
                   f"{attributes.get('strides', [1, 1])} and pads {attributes.get('pads', [0])}; "
                   "2 x 2 pixels with stride 2 and no padding are needed")
        name = self.name(operator)
        self.append(operator, Node("max_pool", name, (source.node,), relu=source.positive),
                    Tensor(name, source.channels, source.height // 2, source.width // 2,
                           source.positive))

    def average(self, operator):
        """A mean over all pixels, however it is spelt."""
        source, attributes = self.source(operator), operator.attributes
        size = [source.height, source.width]
        if operator.kind == "AveragePool" and (attributes.get("kernel_shape") != size or any(
                attributes.get("pads", [0]))):
            refuse(operator, f"has the window {attributes.get('kernel_shape')} of {size} pixels; "
                   "an average over all pixels, or a MaxPool of 2 x 2, is needed")
        if operator.kind == "ReduceMean":
            axes = operator.constants.get(1, attributes.get("axes", []))
            if sorted(int(axis) % 4 for axis in axes) != [2, 3]:
                refuse(operator, f"is over the axes {list(axes)}; [2, 3], all pixels, is needed")
        name = self.name(operator)
        keeps = operator.kind != "ReduceMean" or attributes.get("keepdims", 1)
        self.append(operator, Node("mean", name, (source.node,), relu=source.positive),
                    Tensor(name, source.channels, 1, 1, source.positive, not keeps))

    def add(self, operator):
        """Add: a bias, or the sum of two maps of one shape."""
        if len(operator.inputs) == 1:
            source = self.source(operator)
            node = self.producer(operator, source)
            value = np.asarray(next(iter(operator.constants.values())), np.float64)
            if not node.weighted or node.relu or node.name in self.norms or value.size not in (
                    1, node.channels) or self.uses[operator.inputs[0]] > 1:
                refuse(operator, "adds a constant that is not the bias of a Conv or MatMul before "
                       "it")
            self.biases[node.name] = self.biases[node.name] + value.reshape(-1)
            self.tensors[operator.output] = source
            return
        left, right = (self.tensors[name] for name in operator.inputs)
        if (left.channels, left.height, left.width) != (right.channels, right.height, right.width):
            refuse(operator, "adds maps of different shapes; equal ones are needed")
        if "input" in (left.node, right.node):
            refuse(operator, "adds the image itself; a layer must come before it")
        name = self.name(operator)
        self.append(operator, Node("add", name, (left.node, right.node)),
                    replace(left, node=name, positive=left.positive and right.positive))
        if left.positive and right.positive:
            self.nodes[-1] = replace(self.nodes[-1], relu=True)

    def flatten(self, operator):
        """Flatten, or a Reshape to a vector."""
        source = self.source(operator)
        count = source.channels * source.height * source.width
        if operator.kind == "Reshape":
            wanted = [int(size) for size in np.ravel(operator.constants.get(1, []))]
            if wanted not in ([1, -1], [-1, count], [1, count], [0, -1]):
                refuse(operator, f"has the shape {wanted}; 1 x {count} is needed")
        elif operator.attributes.get("axis", 1) != 1:
            refuse(operator, f"has axis {operator.attributes['axis']}; 1 is needed")
        self.tensors[operator.output] = replace(source, flat=True)

    def softmax(self, operator):
        """A Softmax at the end changes no class; anything behind it is refused."""
        if operator.output != self.graph.output:
            refuse(operator, "is not the last node; only there does it change no class")
        self.notes.append(f"{operator.label} is left out: it changes no class, and training needs "
                          "what comes before it")
        self.tensors[operator.output] = self.source(operator)

    def checkpoint(self):
        """Return the Imported network: its nodes and ChipNetwork's state."""
        last = self.nodes[-1]
        network = ChipNetwork(tuple(self.nodes))
        state = network.state_dict()
        bare = []
        for node in self.nodes:
            if not node.weighted:
                continue
            name = node.name
            weight, bias = self.weights[name], self.biases[name]
            norm = self.norms.get(name)
            if node is last:
                if norm is not None:
                    factor = norm[0] / np.sqrt(norm[3] + BATCH_NORM_EPSILON)
                    weight = weight * factor.reshape(-1, 1, 1, 1)
                    bias = norm[1] - norm[2] * factor
                state[f"biases.{name}"] = float_tensor(bias)
            else:
                if norm is None:
                    bare.append(name)
                    count = len(weight)
                    variance = np.full(count, 1 - BATCH_NORM_EPSILON)
                    norm = np.ones(count), bias, np.zeros(count), variance
                for key, value in zip(("weight", "bias", "running_mean", "running_var"), norm):
                    state[f"norms.{name}.{key}"] = float_tensor(value)
            state[f"weights.{name}"] = float_tensor(weight)
        return Imported(tuple(self.nodes), state, self.graph.shape, bare, self.notes)


def refuse(operator, what):
    """Raise the one sentence about an operator."""
    raise AdaptationError(f"{operator.label} {what}.")


def float_tensor(values):
    """Return float32 values as a tensor."""
    return torch.tensor(np.ascontiguousarray(values), dtype=torch.float32)
