"""An ONNX file as a list of simple operators: constants resolved, no-operations skipped."""
from dataclasses import dataclass, field

import google.protobuf.message
import onnx
from onnx import numpy_helper

from adaptation.errors import AdaptationError

# They change no value of a network that is only evaluated.
TRANSPARENT = ("Identity", "Dropout", "Cast")


@dataclass
class Operator:
    """One ONNX node.  inputs: names of computed tensors; constants: arrays by place of input."""

    kind: str
    label: str                  # how messages name it
    inputs: list
    constants: dict
    constant_names: dict
    output: str
    attributes: dict = field(default_factory=dict)


@dataclass
class Graph:
    """shape: (channels, height, width) of the input."""

    operators: list
    input: str
    output: str
    shape: tuple


def read_onnx(path):
    """Return the ONNX model in the file `path`."""
    try:
        return onnx.load(str(path))
    except FileNotFoundError:
        raise AdaptationError(f"{path}: there is no such file; give an ONNX file or "
                              "my_module.py:function.") from None
    except (google.protobuf.message.DecodeError, OSError, ValueError) as error:
        raise AdaptationError(f"{path}: this is not an ONNX file that can be read "
                              f"({str(error).splitlines()[0]}).") from None


def input_of(graph, initial, path):
    """Return (name, (C, H, W)) of the network's only input."""
    inputs = [item for item in graph.input if item.name not in initial]
    if len(inputs) != 1:
        raise AdaptationError(f"{path}: the network has {len(inputs)} inputs; one image, "
                              "1 x channels x height x width, is needed.")
    sizes = [item.dim_value for item in inputs[0].type.tensor_type.shape.dim]
    if len(sizes) != 4 or min(sizes[1:], default=0) < 1:
        raise AdaptationError(f"{path}: input '{inputs[0].name}' has the shape {sizes}; 1 x "
                              "channels x height x width with known sizes is needed.")
    return inputs[0].name, tuple(sizes[1:])


def read_graph(model, path):
    """Return the Graph of an ONNX model; `path` is for messages."""
    graph = model.graph
    constants = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
    name, shape = input_of(graph, constants, path)
    if len(graph.output) != 1:
        raise AdaptationError(f"{path}: the network has {len(graph.output)} outputs; one is "
                              "needed.")
    alias, operators = {}, []
    for node in graph.node:
        attributes = {item.name: onnx.helper.get_attribute_value(item) for item in node.attribute}
        if node.op_type == "Constant":
            constants[node.output[0]] = numpy_helper.to_array(attributes["value"])
            continue
        if node.op_type in TRANSPARENT:
            source = node.input[0]
            if source in constants:
                constants[node.output[0]] = constants[source]
            else:
                alias[node.output[0]] = alias.get(source, source)
            continue
        sources = [alias.get(item, item) for item in node.input]
        operators.append(Operator(
            node.op_type, f"node '{node.name or node.output[0]}' ({node.op_type})",
            [item for item in sources if item and item not in constants],
            {place: constants[item] for place, item in enumerate(sources) if item in constants},
            {place: item for place, item in enumerate(sources) if item in constants},
            node.output[0], attributes))
    last = graph.output[0].name
    return Graph(operators, name, alias.get(last, last), shape)
