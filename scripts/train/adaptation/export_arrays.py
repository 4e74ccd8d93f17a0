"""A trained ArrayNetwork as network.onnx and network.yaml, and how it is read back."""
import numpy as np
import onnx
import torch
import yaml

from adaptation import lsq
from adaptation.array_network import FULL_BITS
from export_nodes import description, onnx_model
from parameters import Parameters


@torch.no_grad()
def array_parameters(network):
    """Return the Parameters of an ArrayNetwork on its chip.

    Weights are integers times a scale an output, one of them the highest integer: a symmetric
    quantiser of the greatest magnitude finds the integers again.
    """
    found = Parameters({}, {}, {})
    for node in network.nodes:
        if node.op == "max_pool":
            continue
        step = float(network.log_steps[node.name].double().exp())
        zero = network.zero(node.name)
        high = lsq.code_bounds(network.tensor_bits[node.name])[1]
        found.ranges[node.name] = (-zero * step, (high - zero) * step)
        if node.weighted:
            weight, bias = real_weights(network, node)
            found.weights[node.name] = weight.cpu().numpy().astype(np.float32)
            found.biases[node.name] = bias.cpu().numpy().astype(np.float32)
    return found


def real_weights(network, node):
    """Return (weights, bias) of a node, in real values and float64."""
    integers, step = network.integers(node)
    integers = integers.double()
    if node.name not in network.norms:
        return integers * step.double(), network.biases[node.name].double()
    norm = network.norms[node.name]
    per_unit = norm.weight.double() / (norm.running_var.double() + norm.eps).sqrt()
    bias = norm.bias.double() - norm.running_mean.double() * per_unit
    scale = per_unit / network.log_step(node.inputs[0]).double().exp().to(per_unit.device)
    return integers * scale.reshape(-1, 1, 1, 1), bias


@torch.no_grad()
def converter_ranges(network):
    """Return {node: f, [f of a part] or [[f of an output] of a part]} of learned ranges."""
    if not network.arrays.digital or network.arrays.range_bits == 0:
        return {}
    made = {}
    for name in network.range_logs:
        shares = network.shares(name).tolist()
        if network.granularity == "tensor":
            made[name] = shares[0][0]
        elif network.granularity == "array":
            made[name] = [part[0] for part in shares]
        else:
            made[name] = shares
    return made


def array_description(recipe, network, parameters):
    """Return the content of network.yaml."""
    content = description(recipe, parameters)
    bits = network.bits
    quantisation = content["quantisation"]
    quantisation["weight_bits"] = bits.weights
    quantisation["activation_bits"] = bits.activations
    layers = {node.name: {"activation_bits": network.tensor_bits[node.name]}
              for node in network.nodes
              if network.tensor_bits[node.name] != bits.activations and node.op != "max_pool"}
    if layers:
        quantisation["layers"] = layers
    ranges = converter_ranges(network)
    if ranges:
        content["converter_ranges"] = ranges
    return content


def export_arrays(recipe, network, directory):
    """Write network.onnx and network.yaml of a trained ArrayNetwork; the recipe has its nodes."""
    directory.mkdir(parents=True, exist_ok=True)
    parameters = array_parameters(network)
    onnx.save(onnx_model(recipe, parameters), directory / "network.onnx")
    text = yaml.safe_dump(array_description(recipe, network, parameters), sort_keys=False)
    (directory / "network.yaml").write_text(text, encoding="utf-8")


def read_bits(content, nodes):
    """Return {tensor: bits} as a network.yaml tells them."""
    quantisation = content["quantisation"]
    layers = quantisation.get("layers", {})
    found = {"input": FULL_BITS}
    for node in nodes:
        if node.op == "max_pool":
            found[node.name] = found[node.inputs[0]]
        else:
            found[node.name] = layers.get(node.name, {}).get("activation_bits",
                                                             quantisation["activation_bits"])
    return found
