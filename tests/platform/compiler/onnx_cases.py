"""ONNX's own operator test data, made into networks of one image and one input.

A case of the package is a model and its stored inputs and outputs. Most differ from a network only
in form, which is changed here, never the operator: inputs besides the first become initialisers,
or, where the operator needs them computed, channels of one input that 1 x 1 convolutions take apart;
a batch is run image by image; opset numbers below 7 become 7, which all converters here hold to
mean the same; an operator that only moves values gets a matrix of ones on the diagonal behind it,
so that there is a layer and ONNX's order of the values shows.
"""
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

DATA = Path("/usr/share/libonnx-testdata/data")
FOLDERS = ("node", "simple", "pytorch-converted", "pytorch-operator")

# Operators that only move values: which dimension is the batch does not matter to them.
MOVING = {"Constant", "Flatten", "Reshape", "Squeeze", "Unsqueeze", "Transpose", "Identity", "Dropout"}
# Operators whose second input may be a tensor computed from the image too.
JOINING = {"Add", "Sub", "Concat", "Sum", "Mean"}
# Why operators are outside a network of one image that runs on the chip.
OUTSIDE = {
    "outside: training": {"Adagrad", "Adam", "Momentum", "Gradient", "SoftmaxCrossEntropyLoss",
                          "NegativeLogLikelihoodLoss", "Bernoulli"},
    "outside: text, sequences, control flow": {
        "StringNormalizer", "TfIdfVectorizer", "SequenceInsert", "SequenceMap", "SequenceAt",
        "SequenceConstruct", "SequenceErase", "SequenceLength", "SequenceEmpty", "SplitToSequence",
        "ConcatFromSequence", "If", "Loop", "Scan", "Optional", "OptionalGetElement",
        "OptionalHasElement", "ReverseSequence"},
    "outside: recurrent": {"LSTM", "GRU", "RNN"},
    "outside: logic, bits, integers modulo": {
        "And", "Or", "Xor", "Not", "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual",
        "BitShift", "Where", "IsInf", "IsNaN", "Mod", "NonZero", "Sign"},
    "outside: quantised operators (tested on their own)": {
        "QLinearConv", "QLinearMatMul", "QuantizeLinear", "DequantizeLinear", "ConvInteger",
        "MatMulInteger", "DynamicQuantizeLinear"},
    "outside: geometry, detection, signals": {
        "GridSample", "RoiAlign", "NonMaxSuppression", "MaxRoiPool", "DFT", "STFT",
        "MelWeightMatrix", "HannWindow", "HammingWindow", "BlackmanWindow", "Det", "Einsum",
        "CumSum", "Unique", "Trilu", "EyeLike", "Range", "OneHot", "TopK", "Compress"},
}


@dataclass
class Run:
    """One image: a model, the values of its input and of its output."""
    model: onnx.ModelProto
    x: np.ndarray
    expected: np.ndarray


@dataclass
class Case:
    name: str
    runs: list = field(default_factory=list)
    skipped: str = ""  # the reason, when it cannot be a network of one image


class Skip(Exception):
    """The case is no network of one image; the argument says why."""


def load(path):
    """A stored tensor."""
    tensor = TensorProto()
    tensor.ParseFromString(path.read_bytes())
    return numpy_helper.to_array(tensor)


def outside(operators):
    for reason, names in OUTSIDE.items():
        if operators & names:
            raise Skip(reason)


def stored(folder, kind, count):
    files = [folder / "test_data_set_0" / f"{kind}_{i}.pb" for i in range(count)]
    if not all(f.exists() for f in files):
        raise Skip("form: no stored values")
    try:
        return [load(f) for f in files]
    except Exception as error:  # sequences and optional values are stored as other messages
        raise Skip("outside: text, sequences, control flow") from error


def opset(model):
    return max(7, max(o.version for o in model.opset_import if o.domain in ("", "ai.onnx")))


def make_model(nodes, input_name, shape, output, constants, version):
    value = helper.make_tensor_value_info
    graph = helper.make_graph(nodes, "case", [value(input_name, TensorProto.FLOAT, shape)],
                              [value(output, TensorProto.FLOAT, None)],
                              [numpy_helper.from_array(np.asarray(v), k)
                               for k, v in constants.items()])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", version)])


def flat_tail(nodes, constants, output, count):
    """Puts a matrix of ones on the diagonal behind `output`: its values in ONNX's order."""
    constants["case_shape"] = np.array([1, count], np.int64)
    constants["case_ones"] = np.eye(count, dtype=np.float32)
    nodes += [helper.make_node("Reshape", [output, "case_shape"], ["case_flat"]),
              helper.make_node("MatMul", ["case_flat", "case_ones"], ["case_out"])]
    return "case_out"


def joined(arrays, names, constants):
    """One input that holds several of the same shape, and the nodes that take them apart."""
    nodes = []
    rank = arrays[0].ndim
    counts = [a.shape[1] if rank > 1 else a.shape[0] for a in arrays]
    total = sum(counts)
    first = 0
    for name, count in zip(names, counts, strict=True):
        select = np.zeros((count, total), np.float32)
        select[np.arange(count), first + np.arange(count)] = 1
        first += count
        if rank <= 2:
            constants[f"case_{name}"] = select.T
            nodes.append(helper.make_node("MatMul", ["case_in", f"case_{name}"], [name]))
        else:
            constants[f"case_{name}"] = select.reshape(count, total, *[1] * (rank - 2))
            nodes.append(helper.make_node("Conv", ["case_in", f"case_{name}"], [name]))
    return nodes, np.concatenate(arrays, axis=1 if rank > 1 else 0)


def slice_batch(array, i, batch, rank):
    """What image i sees of a constant that may vary over the batch."""
    if array.ndim == rank and rank > 0 and array.shape[0] == batch and batch > 1:
        return array[i:i + 1]
    return array


def build(folder):
    """The runs of a case. Raises Skip."""
    model = onnx.load(folder / "model.onnx")
    graph = model.graph
    operators = {node.op_type for node in graph.node}
    outside(operators)
    constants = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
    names = [i.name for i in graph.input if i.name not in constants]
    inputs = stored(folder, "input", len(names))
    outputs = stored(folder, "output", 1)
    if not names:
        raise Skip("form: no input")
    x, expected = inputs[0], outputs[0]
    if x.dtype != np.float32:
        raise Skip(f"form: an image of {x.dtype} values")
    if x.ndim == 0 or x.size == 0:
        raise Skip("form: an input without elements or dimensions")
    if not all(np.isfinite(expected.astype(np.float64)).ravel()):
        raise Skip("form: a result that is no number (root of a negative value)")
    version = opset(model)
    for node in graph.node:  # before opset 7 broadcasting was asked for; it always is since
        stale = [a for a in node.attribute if a.name == "broadcast"]
        if version == 7:
            for attribute in stale:
                node.attribute.remove(attribute)
    if x.dtype == np.float32 and expected.shape == x.shape and np.array_equal(x, expected):
        operators = set()  # nothing is computed: as if values moved
    return (moving_runs if operators <= MOVING else image_runs)(
        graph, names, inputs, expected, constants, version)


def moving_runs(graph, names, inputs, expected, constants, version):
    """Values that only move, without a batch where the importer takes such an input."""
    x = inputs[0]
    constants = {**constants, **dict(zip(names[1:], inputs[1:], strict=True))}
    nodes = list(graph.node)
    output = flat_tail(nodes, constants, graph.output[0].name, x.size)
    whole = x.ndim in (1, 3) or x.shape[0] == 1
    if whole:
        return [Run(make_model(nodes, names[0], x.shape, output, constants, version), x, expected)]
    # Where no value moves, the images of a batch stay one after the other.
    if not np.array_equal(expected.ravel(), x.ravel()):
        raise Skip("batch: values move between images")
    batch = x.shape[0]
    constants["case_shape"] = np.array([1, x.size // batch], np.int64)
    constants["case_ones"] = np.eye(x.size // batch, dtype=np.float32)
    model = make_model(nodes, names[0], (1, *x.shape[1:]), output, constants, version)
    return [Run(model, x[i:i + 1], part)
            for i, part in enumerate(expected.reshape(batch, -1))]


def image_runs(graph, names, inputs, expected, constants, version):
    x = inputs[0]
    first = graph.node[0].op_type
    join = first in JOINING and len(inputs) > 1 and all(a.shape == x.shape for a in inputs)
    if len(inputs) > 1 and first == "Concat" and not join:
        raise Skip("form: inputs of different shapes")
    columns = any(n.op_type == "Gemm" and any(a.name == "transA" and a.i for a in n.attribute)
                  for n in graph.node)
    batch_axis = 1 if columns else 0
    batch = x.shape[batch_axis] if x.ndim > 1 else 1
    # A result of 1 row is one of the whole batch unless every image gives one.
    if batch > 1 and (expected.ndim == 0 or expected.shape[0] != batch):
        raise Skip("batch: the operator joins images")
    runs = []
    for i in range(batch):
        here = dict(constants)
        nodes = list(graph.node)
        own = [a.take([i], batch_axis) if x.ndim > 1 and (join or k == 0) else
               slice_batch(a, i, batch, x.ndim) for k, a in enumerate(inputs)]
        name, value = names[0], own[0]
        if join:
            before, value = joined(own, names, here)
            nodes, name = before + nodes, "case_in"
        else:
            here.update(dict(zip(names[1:], own[1:], strict=True)))
        part = expected[i:i + 1] if batch > 1 else expected
        runs.append(Run(make_model(nodes, name, value.shape, graph.output[0].name, here, version),
                        value, part))
    return runs


def all_cases():
    for group in FOLDERS:
        for folder in sorted((DATA / group).iterdir()):
            case = Case(f"{group}/{folder.name.removeprefix('test_')}")
            try:
                case.runs = build(folder)
            except Skip as reason:
                case.skipped = str(reason)
            yield case
