"""A network of nodes as a chip's arrays compute it, with learned steps of all quantisers.

Tensors are codes, weights integers, both with learned steps (lsq.py).  On a chip with digital
combining every conversion is computed (conversions.py); on one with one conversion an output the dot
product with its errors is, as in chip_network.py, and the partial sums of split layers pass their
converter.  Batch normalisation follows, which is the gain and offset of every output.
"""
from dataclasses import dataclass, replace

import torch
from torch import nn

from adaptation import lsq
from adaptation.conversions import Errors, LayerPlan, combined, snapped_shares
from chip_network import INPUT_STEP, ChipNetwork, product

INPUT_BITS = 8                  # of the data's codes
FULL_BITS = 8                   # of codes that no dot product reads
NORMAL_TABLE = 2 ** 23          # values of the table of temporal noise
GRANULARITIES = ("tensor", "array", "column")
PEAK_MEMORY = 0.98              # of the running peaks of partial sums


class AdaptationError(Exception):
    """A network cannot be computed on a chip; the message is one sentence for the user."""


@dataclass(frozen=True)
class Bits:
    """Bits of weights, of codes that dot products read, and of conversions."""

    weights: int
    activations: int
    converter: int


class NormalTable:
    """Normal numbers from a random place of one table: drawing them anew takes longer."""

    def __init__(self):
        self.values = {}

    def __call__(self, like):
        """Return normal numbers of the shape, type and layout of `like`."""
        count = like.numel()
        if count > NORMAL_TABLE // 2:
            return torch.randn_like(like)
        key = (like.dtype, like.device)
        if key not in self.values:
            table = torch.randn(NORMAL_TABLE, generator=torch.Generator().manual_seed(0))
            self.values[key] = table.to(like.dtype).to(like.device)
        start = int(torch.randint(NORMAL_TABLE - count, (1,)))
        batch, channels, height, width = like.shape
        return self.values[key][start:start + count].view(batch, height, width,
                                                          channels).permute(0, 3, 1, 2)


def is_read(nodes, name):
    """Return whether a dot product reads a tensor, pooled or not."""
    for node in nodes:
        if name in node.inputs and (node.weighted
                                    or node.op == "max_pool" and is_read(nodes, node.name)):
            return True
    return False


def tensor_bits(nodes, bits):
    """Return {tensor: bits}: `bits` where dot products read it, FULL_BITS elsewhere.

    The mean over all pixels keeps FULL_BITS: one matrix reads it once.
    """
    found = {"input": INPUT_BITS}
    for node in nodes:
        if node.op == "max_pool":
            found[node.name] = found[node.inputs[0]]
        elif node.op != "mean" and is_read(nodes, node.name):
            found[node.name] = bits
        else:
            found[node.name] = FULL_BITS
    return found


class ArrayNetwork(ChipNetwork):
    """The nodes of an architecture on the arrays of a chip.

    arrays: ChipArrays; bits: Bits; granularity: of the converters' ranges, one of GRANULARITIES.
    `chip` chooses between floats and codes, as in ChipNetwork; `errors` of a call is the share of
    the chip's errors that is added, or None.
    """

    def __init__(self, nodes, arrays, bits, granularity="array"):
        super().__init__(nodes)
        self.granularity, self.watch = granularity, None
        self.normal = NormalTable()
        self.weight_logs, self.range_logs = nn.ParameterDict(), nn.ParameterDict()
        self.check_nodes(arrays)
        self.set_bits(arrays, bits)
        for node in nodes:
            if not node.weighted:
                continue
            self.weight_logs[node.name] = nn.Parameter(torch.zeros(node.channels))
            if arrays.digital:
                self.range_logs[node.name] = nn.Parameter(
                    torch.zeros(self.range_shape(node.name)))
            elif len(self.plans[node.name]) > 1:
                self.register_buffer("peak_" + node.name, torch.zeros(node.channels))

    def check_nodes(self, arrays):
        """Refuse what is not trained for."""
        if self.granularity == "column" and arrays.representation == "shifted_unsigned":
            raise AdaptationError(
                f"chip {arrays.name}: ranges a column are not trained for shifted unsigned weights, "
                "whose dummy column serves all outputs; ranges an array would be right.")
        if arrays.rows_active:
            raise AdaptationError(
                f"chip {arrays.name}: cim.dot_product.rows_active is {arrays.rows_active}; only "
                "conversions of all rows of a part (0) are trained for.")
        for node in self.nodes:
            if node.op == "conv" and node.pad and self.signed.get(node.inputs[0], False):
                raise AdaptationError(f"layer {node.name}: a padded convolution of a tensor with a "
                                      "sign is not trained for; rectify its input.")

    def range_shape(self, name):
        """Return the shape of the shares of a node's converters."""
        plan = self.plans[name]
        return {"tensor": (1, 1), "array": (len(plan.parts), 1),
                "column": (len(plan.parts), plan.node.channels)}[self.granularity]

    def set_bits(self, arrays, bits):
        """Compute with other bits from now on; ranges stay what they are."""
        self.arrays, self.bits = replace(arrays, converter_bits=bits.converter), bits
        before = getattr(self, "tensor_bits", None)
        self.tensor_bits = tensor_bits(self.nodes, bits.activations)
        weights_before = getattr(self, "weight_bits", None)
        self.weight_bits = {node.name: bits.weights for node in self.nodes if node.weighted}
        if before:
            self.keep_ranges(before, weights_before)
        self.plans = {}
        for node in self.nodes:
            if node.weighted:
                self.plans[node.name] = (
                    LayerPlan(self.arrays, node, bits.weights, self.tensor_bits[node.inputs[0]])
                    if self.arrays.digital else self.arrays.row_parts(node.rows))

    @torch.no_grad()
    def keep_ranges(self, tensors, weights):
        """Scale the steps so that the ends of the ranges stay; tensors, weights: bits before."""
        for name, log in self.log_steps.items():
            log.add_(torch.tensor(2.0 ** tensors[name] - 1).log()
                     - torch.tensor(2.0 ** self.tensor_bits[name] - 1).log())
        for name, log in self.weight_logs.items():
            most = [float(lsq.weight_bounds(bits[name])[1]) for bits in (weights, self.weight_bits)]
            log.add_(torch.tensor(most[0]).log() - torch.tensor(most[1]).log())

    def zero(self, name):
        """Return the zero point of a tensor."""
        return lsq.zero_point(self.tensor_bits[name], self.signed.get(name, False))

    def source(self, name):
        """Return the tensor whose codes `name` has: that before pooling."""
        for node in self.nodes:
            if node.name == name and node.op == "max_pool":
                return self.source(node.inputs[0])
        return name

    def log_step(self, name):
        """Return the logarithm of a tensor's step."""
        name = self.source(name)
        if name == "input":
            return torch.tensor(INPUT_STEP).log()
        return self.log_steps[name]

    def forward_chip(self, x, errors):
        """Return the outputs with codes between the layers."""
        codes = {"input": x.to(self.dtype)}
        readers = {name: node.name for node in self.nodes for name in node.inputs}
        for node in self.nodes:
            inputs = [codes[name] for name in node.inputs]
            if node.op == "max_pool":
                codes[node.name] = nn.functional.max_pool2d(inputs[0], 2)
            else:
                codes[node.name] = self.codes_of(node, self.chip_values(node, inputs, errors))
            for name in node.inputs:
                if readers[name] == node.name:
                    del codes[name]
        last = self.nodes[-1].name
        return self.real(last, codes[last]).flatten(1)

    def codes_of(self, node, real):
        """Return the codes of real values of a node's output."""
        if node is self.nodes[-1]:
            real = real.float()
        bits, zero = self.tensor_bits[node.name], self.zero(node.name)
        log = self.log_steps[node.name]
        count = real[0].numel()
        log = lsq.scale_gradient(log, lsq.gradient_scale(count, 2 ** bits - 1 - zero))
        return lsq.codes_of(real, log.exp(), zero, *lsq.code_bounds(bits))

    def integers(self, node):
        """Return (integer weights, their steps (out, 1, 1, 1)) of a node."""
        weight, bits = self.weights[node.name], self.weight_bits[node.name]
        most = lsq.weight_bounds(bits)[1]
        log = lsq.scale_gradient(self.weight_logs[node.name], lsq.gradient_scale(node.rows, most))
        step = lsq.weight_step(weight, log, bits)
        return lsq.integer_weights(weight, step, bits), step

    def chip_product(self, node, codes, errors):
        """Return the real values of a layer with weights, its conversions' errors included."""
        integers, step = self.integers(node)
        if self.arrays.digital:
            total = self.digital_sums(node, codes, integers, errors)
        else:
            total = self.line_sums(node, codes, integers, errors)
        zero = self.zero(node.inputs[0])
        if zero:
            total = total - zero * integers.sum((1, 2, 3)).reshape(1, -1, 1, 1).to(total.dtype)
        if node.name in self.norms:
            return self.norms[node.name](total)
        scale = step.reshape(1, -1, 1, 1) * self.log_step(node.inputs[0]).exp()
        return total.float() * scale + self.biases[node.name].reshape(1, -1, 1, 1)

    def shares(self, name):
        """Return the shares f of a node's converters, (1, 1), (parts, 1) or (parts, out)."""
        return snapped_shares(self.range_logs[name], self.arrays)

    def errors(self, share):
        """Return the chip's Errors times `share`, or None."""
        if not share:
            return None
        arrays = self.arrays
        volts = arrays.supply_v * arrays.line_gain      # that F is
        device = next(self.parameters()).device
        return Errors(share * arrays.noise_mv * 1e-3 / volts,
                      share * arrays.offset_mv * 1e-3 / volts, share * arrays.gain_percent / 100,
                      self.normal, lambda shape: torch.randn(shape).to(device))

    def digital_sums(self, node, codes, integers, errors):
        """Return D^ of a layer whose conversions are added digitally."""
        plan = self.plans[node.name]
        products = plan.products(codes, integers, self.dtype)
        if self.watch is not None:
            self.watch(node, plan, products)
        return combined(products, self.shares(node.name), plan, self.errors(errors))

    def line_sums(self, node, codes, integers, errors):
        """Return D of a layer with one conversion an output, partial sums as their codes tell."""
        parts = self.plans[node.name]
        weight = integers.to(self.dtype)
        if len(parts) == 1:
            total = product(node, codes, weight)
            return self.with_line_errors(total, node, parts[0][2], errors)
        masks = part_masks(node, parts, weight)
        sums = [self.with_line_errors(product(node, codes, weight * mask), node, line, errors)
                for mask, (_, _, line) in zip(masks, parts)]
        peak = getattr(self, "peak_" + node.name)
        if self.training or not peak.any():
            most = torch.stack([part.detach().abs().float().amax((0, 2, 3)) for part in sums])
            peak.copy_(torch.maximum(peak * PEAK_MEMORY, most.amax(0)))
        high = 2 ** (self.arrays.partial_bits - 1) - 1
        step = (peak.clamp(min=1.0) / high).reshape(1, -1, 1, 1)
        return sum(lsq.codes_of(part, step, 0, -high - 1, high) * step.to(part.dtype)
                   for part in sums)

    def with_line_errors(self, total, node, line_rows, share):
        """Add the errors of one conversion an output to dot products."""
        errors = self.errors(share)
        if errors is None:
            return total
        full = line_rows * 2.0 ** (self.tensor_bits[node.inputs[0]] + self.weight_bits[node.name])
        shape = (*total.shape[:2], 1, 1)
        static = errors.offset * full * errors.die(shape)
        gain = 1 + errors.gain * errors.die(shape)
        noisy = torch.addcmul(static.to(total.dtype), total, gain.to(total.dtype))
        return noisy.add_(self.normal(total), alpha=errors.temporal * full)

    @torch.no_grad()
    def constrain(self):
        """Keep gains positive and shares within 1; call after every optimiser step."""
        super().constrain()
        least = torch.tensor(1.0 / 2 ** self.arrays.range_bits).log().item()
        for log in self.range_logs.values():
            log.clamp_(least, 0.0)


def part_masks(node, parts, like):
    """Return for every row part which weights (1, in, k, k) lie in it."""
    _, channels, height, width = node.weight_shape
    order = torch.arange(node.rows, device=like.device).reshape(height, width, channels)
    order = order.permute(2, 0, 1)[None]
    return [((order >= first) & (order < first + count)).to(like.dtype)
            for first, count, _ in parts]
