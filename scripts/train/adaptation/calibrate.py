"""First steps and ranges of a network: those of least squared error on images.

This is also what quantisation after training amounts to: nothing here has seen a loss.
"""
import math

import torch

from adaptation import lsq
from chip_network import CLIP, FIRST_REACH, INPUT_STEP

MOST_VALUES = 2 ** 17           # of a tensor that are looked at
POSITIONS = 2048                # of a layer's products
STEP_CHOICES = 33               # of a step, about LSQ's first step, an eighth of an octave apart
SHARE_OCTAVES = 8               # of a converter's range
CHOICES_PER_OCTAVE = 6


def sampled(values):
    """Return at most MOST_VALUES of the values, evenly spread."""
    flat = values.detach().float().reshape(-1)
    return flat[::max(1, math.ceil(len(flat) / MOST_VALUES))]


def best_step(values, zero, low, high):
    """Return the step of least squared error for codes of `values`."""
    first = lsq.initial_step(values, high - zero)
    best, least = first, math.inf
    for choice in range(STEP_CHOICES):
        step = first * 2 ** ((choice - STEP_CHOICES // 2) / 8)
        real = (torch.floor(values / step + 0.5 + zero).clamp(low, high) - zero) * step
        error = (real - values).pow(2).mean().item()
        if error < least:
            best, least = step, error
    return best


def best_weight_steps(weight, bits):
    """Return the steps (out,) of least squared error for weights (out, ...)."""
    flat = weight.detach().flatten(1)
    low, high = lsq.weight_bounds(bits)
    first = lsq.initial_step(flat, high, 1)
    best, least = first.clone(), torch.full_like(first, math.inf)
    for choice in range(STEP_CHOICES):
        step = torch.minimum(first * 2 ** ((choice - STEP_CHOICES // 2) / 8),
                             (flat.abs().amax(1, keepdim=True) / high).clamp(min=lsq.LEAST_STEP))
        real = torch.floor(flat / step + 0.5).clamp(low, high) * step
        error = (real - flat).pow(2).mean(1, keepdim=True)
        better = error < least
        best, least = torch.where(better, step, best), torch.where(better, error, least)
    return best[:, 0]


def share_choices(arrays):
    """Return the shares of a converter's range that are tried, the whole range first."""
    if arrays.range_bits == 0:
        return [1.0]
    codes = 2 ** arrays.range_bits
    tried = {round(codes * 2 ** (-choice / CHOICES_PER_OCTAVE))
             for choice in range(CHOICES_PER_OCTAVE * SHARE_OCTAVES)}
    return [code / codes for code in sorted(tried, reverse=True) if code >= 1]


def conversion_errors(products, share, plan, block):
    """Return the squared errors (out,) of a block's conversions, in units of D^ squared."""
    arrays, total = plan.arrays, 0.0
    low, high = lsq.conversion_bounds(arrays.converter_bits, block.paired)
    for number, part in enumerate(products.chunk(len(plan.digits))):
        whole = plan.full_scale(block, number) / 2 ** (arrays.converter_bits + arrays.range_shift)
        step = max(1.0, share * whole)
        real = torch.floor(part / step + 0.5).clamp(low, high) * step
        weight = block.significance * 2 ** plan.digits[number][0]
        total = total + (real - part).pow(2).mean(0) * weight ** 2
    return total


def sampled_products(plan, block, products):
    """Return products (digits x positions, out) of a block, POSITIONS of them."""
    if torch.is_tensor(products):
        products = products[:, block.first:block.first + block.channels]
    else:
        products = products[plan.blocks.index(block)]
    made = []
    for part in products.detach().float().chunk(len(plan.digits)):
        flat = part.permute(0, 2, 3, 1).reshape(-1, block.channels)
        made.append(flat[::max(1, len(flat) // POSITIONS)])
    return torch.cat(made)


@torch.no_grad()
def set_shares(network, node, plan, products):
    """Set the logarithms of a node's converter shares to those of least squared error."""
    logs = network.range_logs[node.name]
    errors = []                 # [choice] (parts, out)
    samples = {block: sampled_products(plan, block, products) for block in plan.blocks}
    choices = share_choices(plan.arrays)
    for share in choices:
        error = torch.zeros(len(plan.parts), node.channels, device=logs.device)
        for block, taken in samples.items():
            error[block.part] += conversion_errors(taken, share, plan, block)
        errors.append(error)
    errors = torch.stack(errors)
    if logs.shape[1] == 1:
        errors = errors.sum(2, keepdim=True)
    if logs.shape[0] == 1:
        errors = errors.sum(1, keepdim=True)
    shares = torch.tensor(choices, device=logs.device)[errors.argmin(0)]
    logs.copy_(shares.log())


def lifted_step(step, values, network, node):
    """Return a step that cuts a tensor at some root mean squares, if that is less than `step`.

    What a converter reads then stands higher above its errors (chip_network.py).
    """
    power = values[values > 0] if node.relu else values
    if node is network.nodes[-1] or node.op == "mean" or not len(power):
        return step
    reach = FIRST_REACH if node.relu else 1.5 * FIRST_REACH
    high = lsq.code_bounds(network.tensor_bits[node.name])[1] - network.zero(node.name)
    return torch.minimum(step, reach * power.pow(2).mean().sqrt() / high)


@torch.no_grad()
def set_steps(network, codes, lifted):
    """Set the steps of all tensors and weights from the float network's values for `codes`."""
    network.eval()
    values = {"input": codes.contiguous(memory_format=torch.channels_last) * INPUT_STEP}
    for node in network.nodes:
        values[node.name] = network.float_node(node, [values[name] for name in node.inputs])
        if node.name in network.log_steps:
            bounds = lsq.code_bounds(network.tensor_bits[node.name])
            taken = sampled(values[node.name])
            step = best_step(taken, network.zero(node.name), *bounds)
            if lifted:
                step = lifted_step(step, taken, network, node)
            network.log_steps[node.name].copy_(step.log())
    for node in network.nodes:
        if node.weighted:
            weight, bits = network.weights[node.name], network.weight_bits[node.name]
            steps = best_weight_steps(weight, bits)
            if lifted:
                rms = weight.flatten(1).pow(2).mean(1).sqrt().clamp(min=lsq.LEAST_STEP)
                steps = torch.minimum(steps, CLIP * rms / lsq.weight_bounds(bits)[1])
            network.weight_logs[node.name].copy_(steps.log())


@torch.no_grad()
def calibrate(network, codes, lifted=False):
    """Set all steps and ranges of a float network for images `codes` (N, C, H, W).

    lifted: weights and codes are cut earlier, for conversions with errors.
    """
    for name, norm in network.norms.items():        # gains of the chip are positive
        sign = torch.where(norm.weight < 0, -1.0, 1.0)
        network.weights[name].mul_(sign.reshape(-1, 1, 1, 1))
        norm.weight.mul_(sign)
        norm.running_mean.mul_(sign)
    set_steps(network, codes, lifted)
    network.chip = True
    calibrate_ranges(network, codes)


@torch.no_grad()
def calibrate_ranges(network, codes):
    """Set the ranges of all converters, layer after layer, and the statistics of the layers.

    The images pass once: a layer sees what the layers before it make with their ranges.
    """
    for norm in network.norms.values():
        norm.reset_running_stats()
        norm.momentum = 1.0
    network.train()
    if network.arrays.digital:
        network.watch = lambda node, plan, products: set_shares(network, node, plan, products)
    network(codes)
    network.watch = None
    for norm in network.norms.values():
        norm.momentum = 0.1
