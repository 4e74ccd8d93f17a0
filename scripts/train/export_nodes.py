"""Write a trained network of nodes as network.onnx and network.yaml, and read it back."""
import numpy as np
import onnx
import yaml
from onnx import TensorProto, helper, numpy_helper

from chip_network import INPUT_STEP
from parameters import Parameters
from quantise import ACTIVATION_BITS, WEIGHT_BITS

OPSET = 13
IR_VERSION = 7                  # the file format version that came with opset 13


def onnx_nodes(node, source_is_map):
    """Return the ONNX nodes of one node.  source_is_map: its input has pixels."""
    rectified = node.relu and node.op in ("conv", "linear", "add")
    output = f"{node.name}_sum" if rectified else node.name
    made = []
    if node.op == "conv":
        made.append(helper.make_node(
            "Conv", [node.inputs[0], f"{node.name}_weight", f"{node.name}_bias"], [output],
            node.name, kernel_shape=[node.kernel] * 2, strides=[node.stride] * 2,
            pads=[node.pad] * 4, group=node.groups))
    elif node.op == "linear":
        source = node.inputs[0]
        if source_is_map:
            made.append(helper.make_node("Flatten", [source], [f"{node.name}_flat"],
                                         f"{node.name}_flatten", axis=1))
            source = f"{node.name}_flat"
        made.append(helper.make_node(
            "Gemm", [source, f"{node.name}_weight", f"{node.name}_bias"], [output], node.name,
            transB=1))
    elif node.op == "add":
        made.append(helper.make_node("Add", list(node.inputs), [output], node.name))
    elif node.op == "mean":
        made.append(helper.make_node("GlobalAveragePool", list(node.inputs), [output], node.name))
    else:
        made.append(helper.make_node("MaxPool", list(node.inputs), [output], node.name,
                                     kernel_shape=[2, 2], strides=[2, 2]))
    if rectified:
        made.append(helper.make_node("Relu", [output], [node.name], f"{node.name}_relu"))
    return made


def onnx_model(recipe, parameters):
    """Return the ONNX model of a recipe's nodes: NCHW, batch of 1."""
    nodes, weights = [], []
    flat = set()
    for node in recipe.nodes:
        nodes += onnx_nodes(node, node.inputs[0] not in flat)
        if node.op == "linear":
            flat.add(node.name)
        if node.weighted:
            weight = parameters.weights[node.name]
            if node.op == "linear":
                weight = weight.reshape(len(weight), -1)
            weights += [numpy_helper.from_array(weight, f"{node.name}_weight"),
                        numpy_helper.from_array(parameters.biases[node.name],
                                                f"{node.name}_bias")]
    shape = [1, recipe.channels, recipe.height, recipe.width]
    last = recipe.nodes[-1]
    graph = helper.make_graph(
        nodes, recipe.name,
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(last.name, TensorProto.FLOAT, [1, last.channels])],
        initializer=weights)
    model = helper.make_model(graph, producer_name="leyden",
                              opset_imports=[helper.make_opsetid("", OPSET)])
    model.ir_version = IR_VERSION
    onnx.checker.check_model(model)
    return model


def description(recipe, parameters):
    """Return the content of network.yaml."""
    return {
        "name": recipe.name,
        "description": recipe.description,
        "onnx": "network.onnx",
        "input": {"height": recipe.height, "width": recipe.width, "channels": recipe.channels,
                  "scale": INPUT_STEP, "zero_point": 0},
        "classes": recipe.nodes[-1].channels,
        "data": {"format": recipe.data_format, "default": recipe.data_name},
        "quantisation": {"weight_bits": WEIGHT_BITS, "activation_bits": ACTIVATION_BITS,
                         "calibration_images": 256, "activation_percentile": 99.99},
        "activation_ranges": {name: {"min": least, "max": most}
                              for name, (least, most) in parameters.ranges.items()},
    }


def export_nodes(recipe, parameters, directory):
    """Write network.onnx and network.yaml into `directory`."""
    onnx.save(onnx_model(recipe, parameters), directory / "network.onnx")
    text = yaml.safe_dump(description(recipe, parameters), sort_keys=False)
    (directory / "network.yaml").write_text(text, encoding="utf-8")


def read_parameters(directory, nodes):
    """Return the Parameters in a network folder whose nodes are `nodes`."""
    text = (directory / "network.yaml").read_text(encoding="utf-8")
    content = yaml.safe_load(text)
    graph = onnx.load(str(directory / content["onnx"])).graph
    values = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
    found = Parameters({}, {}, {name: (span["min"], span["max"])
                                for name, span in content["activation_ranges"].items()})
    for node in nodes:
        if node.weighted:
            weight = values[f"{node.name}_weight"]
            found.weights[node.name] = np.reshape(weight, node.weight_shape)
            found.biases[node.name] = values[f"{node.name}_bias"]
    return found
