"""A network in floats as network.onnx and network.yaml, normalisations folded."""
import numpy as np
import onnx
import yaml

from chip_network import ChipNetwork
from export_nodes import description, onnx_model
from parameters import Parameters


def folded_parameters(network):
    """Return the Parameters of a ChipNetwork in floats, without ranges."""
    found = Parameters({}, {}, {})
    for node in network.nodes:
        if not node.weighted:
            continue
        weight = network.weights[node.name].detach().cpu().double()
        if node.name in network.norms:
            norm = network.norms[node.name].cpu()
            factor = norm.weight.double() / (norm.running_var.double() + norm.eps).sqrt()
            bias = norm.bias.double() - norm.running_mean.double() * factor
            weight = weight * factor.reshape(-1, 1, 1, 1)
        else:
            bias = network.biases[node.name].detach().cpu().double()
        found.weights[node.name] = weight.detach().numpy().astype(np.float32)
        found.biases[node.name] = bias.detach().numpy().astype(np.float32)
    return found


def export_float(recipe, nodes, state, directory, weight_bits, activation_bits):
    """Write network.onnx and network.yaml of a float checkpoint; the compiler finds the ranges."""
    network = ChipNetwork(nodes)
    network.load_state_dict({key: value.cpu() for key, value in state.items()})
    parameters = folded_parameters(network)
    directory.mkdir(parents=True, exist_ok=True)
    onnx.save(onnx_model(recipe, parameters), directory / "network.onnx")
    content = description(recipe, parameters)
    del content["activation_ranges"]
    content["quantisation"].update(weight_bits=weight_bits, activation_bits=activation_bits)
    text = yaml.safe_dump(content, sort_keys=False)
    (directory / "network.yaml").write_text(text, encoding="utf-8")
