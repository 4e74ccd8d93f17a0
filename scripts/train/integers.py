"""A network of nodes in the chip's integers, as the compiler makes them, and their evaluation.

Written from docs/compiler.md and docs/models; it knows the exported parameters alone, not the
training.  A chip is the geometry that settles how a layer is cut and converted.
"""
import math
from dataclasses import dataclass, field

import numpy as np
import torch
import torch.nn.functional as F

from quantise import ACTIVATION_BITS, CODE_MAX, WEIGHT_BITS, WEIGHT_MAX

GAMMA_ONE = 256
BETA_ONE = 16
MOST_FACTOR = 2 ** 30           # of the vector unit's constants
MOST_SHIFT = 31


@dataclass(frozen=True)
class Geometry:
    """How a chip cuts and converts a layer.

    digital: each digit of 4 bits of a code and each bit of a weight has a conversion of its own.
    """

    rows_per_unit: int = 36
    part_rows: int = 1152       # most rows of a part
    range_shift: int = 1
    partial_bits: int = 8
    digital: bool = False
    digit_bits: int = 4
    converter_bits: int = 8
    converter_shift: int = 0


GEOMETRIES = {
    "imagine": Geometry(),
    "capram": Geometry(64, 64, 1, 11, True, 4, 7, 1),
}


@dataclass
class IntegerLayer:
    """A node with weights; registers are of the output channels, `table` of split layers alone."""

    weight: torch.Tensor        # float64 holding integers, (out, rows) in the order ky, kx, channel
    parts: int
    part_rows: int
    line_rows: int              # that load the line of a part
    gamma: torch.Tensor         # int64 (out,)
    beta: torch.Tensor
    table: tuple = field(default=())    # (multipliers, offsets, shift)


class IntegerNetwork:
    """The integers of a network on a chip."""

    def __init__(self, nodes, parameters, geometry, input_step, partial_gammas=None):
        """partial_gammas: gamma of the partial sums of split layers, node name to (out,)."""
        self.nodes, self.geometry = nodes, geometry
        self.steps, self.zeros = {"input": input_step}, {"input": 0}
        self.layers, self.scales = {}, {}
        for node in nodes:
            self.add_tensor(node, parameters)
            if node.weighted:
                self.layers[node.name] = self.layer(node, parameters,
                                                    (partial_gammas or {}).get(node.name))
            elif node.op in ("add", "mean"):
                self.scales[node.name] = None       # mean needs the number of pixels

    def high(self, _):
        """Return the highest code of a tensor, by name."""
        return CODE_MAX

    def add_tensor(self, node, parameters):
        """Give a node's output its step and zero point."""
        if node.op == "max_pool":
            self.steps[node.name] = self.steps[node.inputs[0]]
            self.zeros[node.name] = self.zeros[node.inputs[0]]
            return
        least, most = parameters.ranges[node.name]
        step = (most - least) / CODE_MAX
        self.steps[node.name] = step
        self.zeros[node.name] = int(min(CODE_MAX, max(0, round_away(-least / step))))

    def layer(self, node, parameters, partial_gamma):
        """Return the IntegerLayer of a node with weights."""
        weight = parameters.weights[node.name].astype(np.float64)
        peak = np.abs(weight).reshape(len(weight), -1).max(1)
        scale = np.where(peak > 0, peak / WEIGHT_MAX, 1.0)
        integers = round_away(weight / scale.reshape(-1, 1, 1, 1))
        flat = integers.transpose(0, 2, 3, 1).reshape(len(weight), -1)
        per_unit = scale * self.steps[node.inputs[0]] / self.steps[node.name]
        bias = parameters.biases[node.name].astype(np.float64) / self.steps[node.name]
        bias = bias + self.zeros[node.name]
        shape = self.geometry
        units = math.ceil(flat.shape[1] / shape.rows_per_unit)
        parts = math.ceil(units / (shape.part_rows // shape.rows_per_unit))
        units = math.ceil(units / parts)
        part_rows = units * shape.rows_per_unit
        parts = math.ceil(flat.shape[1] / part_rows)
        made = IntegerLayer(torch.tensor(flat), parts, part_rows, part_rows, None, None)
        zero_sum = self.zeros[node.inputs[0]] * flat.sum(1)
        if parts == 1:
            gamma = np.clip(round_away(per_unit * self.lsb(made) * GAMMA_ONE), 1, 65535)
            beta = bias - gamma / GAMMA_ONE / self.lsb(made) * zero_sum
        else:
            gamma = np.asarray(partial_gamma, np.float64)
            beta = np.full(len(flat), 2.0 ** (shape.partial_bits - 1))
            made.table = fixed_point(per_unit * self.lsb(made) / (gamma / GAMMA_ONE),
                                     bias - per_unit * zero_sum)
        made.gamma = torch.tensor(gamma.astype(np.int64))
        made.beta = torch.tensor(np.clip(round_away(beta * BETA_ONE), -32768, 32767)
                                 .astype(np.int64))
        return made

    def code_bits(self, layer):
        """Return the bits that a conversion of a layer gives."""
        return ACTIVATION_BITS if layer.parts == 1 else self.geometry.partial_bits

    def lsb(self, layer):
        """Return the step of a layer's conversions in units of D: N 2^(bx + bw - b - r)."""
        return layer.line_rows * 2.0 ** (ACTIVATION_BITS + WEIGHT_BITS - self.code_bits(layer)
                                         - self.geometry.range_shift)

    @torch.no_grad()
    def run(self, images):
        """Return the codes of every node, name to int64 (N, C, H, W), for uint8 images."""
        codes = {"input": images.long()}
        for node in self.nodes:
            codes[node.name] = self.run_node(node, [codes[name] for name in node.inputs])
        return codes

    def run_node(self, node, inputs):
        """Return the codes of one node for those of its inputs."""
        if node.weighted:
            return self.run_layer(node, inputs[0])
        if node.op == "max_pool":
            return F.max_pool2d(inputs[0].double(), 2).long()
        return self.run_add(node, inputs) if node.op == "add" else self.run_mean(node, inputs[0])

    def run_layer(self, node, codes):
        """Return the output codes of a node with weights."""
        layer = self.layers[node.name]
        stride, pad = (node.stride, node.pad) if node.op == "conv" else (1, 0)
        taps = F.unfold(codes.float(), node.kernel, padding=pad, stride=stride)
        count, _, positions = taps.shape
        rows = taps.view(count, node.channels_in, -1, positions).transpose(1, 2)
        rows = rows.reshape(count, -1, positions)
        words = [self.convert(layer, part, rows[:, part * layer.part_rows:][:, :layer.part_rows])
                 for part in range(layer.parts)]
        if layer.parts == 1:
            result = words[0]
        else:
            multiplier, offset, shift = layer.table
            total = sum(words) - layer.parts * 2 ** (self.geometry.partial_bits - 1)
            result = total * multiplier[:, None] + offset[:, None]
            result = (result + half(shift)) >> shift
        low = self.zeros[node.name] if node.relu else 0
        width = (codes.shape[-1] + 2 * pad - node.kernel) // stride + 1
        return result.clamp(low, CODE_MAX).view(count, -1, positions // width, width)

    def convert(self, layer, part, rows):
        """Return the codes of one part: rows (N, part's rows, positions) to (N, out, positions)."""
        weight = layer.weight[:, part * layer.part_rows:][:, :layer.part_rows]
        numerator, denominator = self.sums(layer, rows, weight)
        bits = self.code_bits(layer)
        # floor(gamma / 256 * D / lsb + beta / 16 + 1/2) over one denominator
        span = layer.line_rows * 2 ** (ACTIVATION_BITS + WEIGHT_BITS) * denominator
        gain = layer.gamma[:, None] * 2 ** (bits + self.geometry.range_shift)
        code = torch.div(numerator * gain * BETA_ONE
                         + (layer.beta[:, None] + BETA_ONE // 2) * (span * GAMMA_ONE),
                         span * GAMMA_ONE * BETA_ONE, rounding_mode="floor")
        return code.clamp(0, 2 ** bits - 1)

    def sums(self, layer, rows, weight):
        """Return what the conversions give for D, as integers over a common denominator."""
        shape = self.geometry
        if not shape.digital:
            return torch.matmul(weight.float(), rows).long(), 1
        denominator = 2 ** (shape.converter_bits + shape.converter_shift)
        full = layer.line_rows * (2 ** shape.digit_bits - 1)
        cells = weight.long() & (2 ** WEIGHT_BITS - 1)
        total = 0
        for digit in range(0, ACTIVATION_BITS, shape.digit_bits):
            levels = (rows.long() >> digit & 2 ** shape.digit_bits - 1).float()
            for bit in range(WEIGHT_BITS):
                significance = 2 ** (digit + bit) * (-1 if bit == WEIGHT_BITS - 1 else 1)
                line = torch.matmul((cells >> bit & 1).float(), levels).long()
                code = torch.div(2 * line * denominator + full, 2 * full, rounding_mode="floor")
                total = total + significance * code.clamp(0, 2 ** shape.converter_bits - 1) * full
        return total, denominator

    def run_add(self, node, inputs):
        """Return the codes of a sum of two tensors."""
        step, zero = self.steps[node.name], self.zeros[node.name]
        factors = np.array([self.steps[name] / step for name in node.inputs])
        offset = zero - sum(factor * self.zeros[name] for factor, name in zip(factors, node.inputs))
        multiplier, offset, shift = fixed_point(factors, np.array([offset]))
        value = inputs[0] * multiplier[0] + inputs[1] * multiplier[1] + offset[0]
        return ((value + half(shift)) >> shift).clamp(zero if node.relu else 0,
                                                      self.high(node.name))

    def run_mean(self, node, codes):
        """Return the codes of the mean over all pixels."""
        taps = float(codes.shape[2] * codes.shape[3])
        factor = self.steps[node.inputs[0]] / self.steps[node.name] / taps
        offset = self.zeros[node.name] - factor * taps * self.zeros[node.inputs[0]]
        multiplier, offset, shift = fixed_point(np.array([factor]), np.array([offset]))
        total = codes.sum((2, 3), keepdim=True) * multiplier[0] + offset[0]
        return ((total + half(shift)) >> shift).clamp(0, self.high(node.name))


def round_away(values):
    """Round to the nearest whole number, halves away from zero."""
    return np.trunc(values + np.copysign(0.5, values))


def half(shift):
    """Return what a right shift by `shift` needs to round."""
    return 1 << (shift - 1) if shift else 0


def fixed_point(factors, offsets):
    """Return (factors, offsets, shift): 32-bit integers with the finest common shift."""
    most = max(np.abs(factors).max(), np.abs(offsets).max())
    shift = MOST_SHIFT
    while shift > 0 and most * 2.0 ** shift > MOST_FACTOR:
        shift -= 1
    return (*(torch.tensor(round_away(np.clip(values * 2.0 ** shift, -MOST_FACTOR, MOST_FACTOR))
                           .astype(np.int64)) for values in (factors, offsets)), shift)
