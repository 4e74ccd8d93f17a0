"""A network of nodes in the integers of a chip's arrays: what its export gives, code for code.

Written from docs/models/cim-stages.md and docs/compiler.md; it knows exported parameters, bits and ranges
alone, not the training.
"""
import numpy as np
import torch
import torch.nn.functional as F

from adaptation import lsq
from integers import (BETA_ONE, GAMMA_ONE, IntegerLayer, IntegerNetwork, fixed_point, half,
                      round_away)

MOST_GAMMA = 65535
MOST_BETA = 32767


class ArrayIntegers(IntegerNetwork):
    """The integers of a network on the arrays of a chip; bits are those of each tensor."""

    # pylint: disable-next=super-init-not-called
    def __init__(self, nodes, parameters, arrays, input_step, bits, ranges=None,
                 partial_gammas=None):
        """bits: (bits of weights, {tensor: bits}); ranges: converter_ranges of network.yaml;
        partial_gammas: gain registers of split layers, node name to (out,)."""
        self.nodes, self.arrays = nodes, arrays
        self.weight_bits, self.bits = max(2, bits[0]), bits[1]
        self.most = lsq.weight_bounds(bits[0])[1]
        self.steps, self.zeros = {"input": input_step}, {"input": 0}
        self.layers, self.parts, self.shares = {}, {}, {}
        for node in nodes:
            self.add_tensor(node, parameters)
            if not node.weighted:
                continue
            self.parts[node.name] = arrays.row_parts(node.rows)
            self.shares[node.name] = self.share_codes(node, (ranges or {}).get(node.name, 1.0))
            self.layers[node.name] = self.layer(node, parameters,
                                                (partial_gammas or {}).get(node.name))

    def share_codes(self, node, told):
        """Return the range codes m (parts, 1 or out) of a node, as int64."""
        parts = len(self.parts[node.name])
        told = told if isinstance(told, list) else [told] * parts
        codes = [part if isinstance(part, list) else [part] for part in told]
        codes = round_away(np.array(codes, np.float64) * 2 ** self.arrays.range_bits)
        return torch.tensor(np.maximum(codes, 1).astype(np.int64))

    def high(self, name):
        """Return the highest code of a tensor."""
        return 2 ** self.bits[name] - 1

    def add_tensor(self, node, parameters):
        """Give a node's output its step and zero point."""
        if node.op == "max_pool":
            self.steps[node.name] = self.steps[node.inputs[0]]
            self.zeros[node.name] = self.zeros[node.inputs[0]]
            return
        least, most = parameters.ranges[node.name]
        least = 0.0 if node.relu else min(least, 0.0)
        step = (most - least) / self.high(node.name)
        self.steps[node.name] = step
        self.zeros[node.name] = int(min(self.high(node.name),
                                        max(0, round_away(-least / step))))

    def layer(self, node, parameters, partial_gamma):
        """Return the IntegerLayer of a node with weights."""
        weight = parameters.weights[node.name].astype(np.float64)
        peak = np.abs(weight).reshape(len(weight), -1).max(1)
        scale = np.where(peak > 0, peak / self.most, 1.0)
        integers = round_away(weight / scale.reshape(-1, 1, 1, 1))
        flat = integers.transpose(0, 2, 3, 1).reshape(len(weight), -1)
        per_unit = scale * self.steps[node.inputs[0]] / self.steps[node.name]
        bias = parameters.biases[node.name].astype(np.float64) / self.steps[node.name]
        bias = bias + self.zeros[node.name]
        parts = self.parts[node.name]
        made = IntegerLayer(torch.tensor(flat), len(parts), parts[0][2], parts[0][2], None, None)
        zero_sum = self.zeros[node.inputs[0]] * flat.sum(1)
        lsb = self.lsb(node, len(parts) > 1)
        if len(parts) == 1:
            gamma = np.clip(round_away(per_unit * lsb * GAMMA_ONE), 1, MOST_GAMMA)
            beta = bias - gamma / GAMMA_ONE / lsb * zero_sum
        else:
            gamma = np.asarray(partial_gamma, np.float64)
            beta = np.full(len(flat), 2.0 ** (self.arrays.partial_bits - 1))
            made.table = fixed_point(per_unit * lsb / (gamma / GAMMA_ONE),
                                     bias - per_unit * zero_sum)
        made.gamma = torch.tensor(gamma.astype(np.int64))
        made.beta = torch.tensor(np.clip(round_away(beta * BETA_ONE), -MOST_BETA - 1, MOST_BETA)
                                 .astype(np.int64))
        return made

    def lsb_log2(self, node, split):
        """Return the exponent of LSB_D = N 2^(bx + bw - b - r)."""
        out_bits = self.arrays.partial_bits if split else self.bits[node.name]
        return (self.bits[node.inputs[0]] + self.weight_bits - out_bits
                - self.arrays.output_shift)

    def lsb(self, node, split):
        """Return the step of a layer's codes in units of D."""
        return self.parts[node.name][0][2] * 2.0 ** self.lsb_log2(node, split)

    def run_layer(self, node, codes):
        """Return the output codes of a node with weights."""
        layer = self.layers[node.name]
        stride, pad = (node.stride, node.pad) if node.op == "conv" else (1, 0)
        padded = F.pad(codes.double(), (pad,) * 4, value=self.zeros[node.inputs[0]])
        taps = F.unfold(padded, node.kernel, stride=stride)
        count, _, positions = taps.shape
        rows = taps.view(count, node.channels_in, -1, positions).transpose(1, 2)
        rows = rows.reshape(count, -1, positions)
        split = layer.parts > 1
        words = [self.convert(node, layer, part, rows, split) for part in range(layer.parts)]
        if split:
            multiplier, offset, shift = layer.table
            total = sum(words) - layer.parts * 2 ** (self.arrays.partial_bits - 1)
            result = total * multiplier[:, None] + offset[:, None]
            result = (result + half(shift)) >> shift
        else:
            result = words[0]
        low = self.zeros[node.name] if node.relu else 0
        width = (codes.shape[-1] + 2 * pad - node.kernel) // stride + 1
        return result.clamp(low, self.high(node.name)).view(count, -1, positions // width, width)

    def convert(self, node, layer, part, rows, split):
        """Return the codes of one part: rows (N, all rows, positions) to (N, out, positions)."""
        first, height, line = self.parts[node.name][part]
        weight = layer.weight[:, first:first + height]
        rows = rows[:, first:first + height]
        if self.arrays.digital:
            shares = self.shares[node.name][part]
            numerator, shift = self.conversions(node, rows, weight.long(), line, shares)
        else:
            numerator, shift = torch.matmul(weight, rows).long(), 0
        bits = self.arrays.partial_bits if split else self.bits[node.name]
        # floor(gamma / 256 D^ / LSB + beta / 16 + 1/2), D^ over 2^shift, over one denominator
        exponent = self.lsb_log2(node, split) + shift
        up = 2 ** max(0, -exponent)
        span = line * 2 ** max(0, exponent)
        code = torch.div(numerator * layer.gamma[:, None] * up
                         + (layer.beta[:, None] + BETA_ONE // 2) * (GAMMA_ONE // BETA_ONE * span),
                         span * GAMMA_ONE, rounding_mode="floor")
        return code.clamp(0, 2 ** bits - 1)

    def conversions(self, node, rows, weight, line, shares):
        """Return (D^ 2^shift, shift) of a part as integers; shares: range codes (1,) or (out,)."""
        arrays, total = self.arrays, 0
        shift = arrays.converter_bits + arrays.range_shift + arrays.range_bits
        offset = 2 ** (self.weight_bits - 1) if arrays.representation == "shifted_unsigned" else 0
        for first, bits in arrays.digits(self.bits[node.inputs[0]]):
            digit = (rows.long() >> first & 2 ** bits - 1).double()
            for group in arrays.column_groups(self.weight_bits):
                unit = abs(group.significance)
                if group.paired:
                    level = weight.sign() * (torch.div(weight.abs(), unit, rounding_mode="floor")
                                             & group.levels)
                else:
                    level = (weight + offset) >> (unit.bit_length() - 1) & group.levels
                step = (round(arrays.full_scale(group, line, bits)) * shares).clamp(min=2 ** shift)
                low, high = lsq.conversion_bounds(arrays.converter_bits, group.paired)

                def number(sums, step=step.reshape(-1, 1), low=low, high=high):
                    code = torch.div(2 * sums.long() * 2 ** shift + step, 2 * step,
                                     rounding_mode="floor")
                    return code.clamp(low, high) * step

                value = number(torch.matmul(level.double(), digit))
                if group.dummy_level:
                    value = value - number(digit.sum(1, keepdim=True) * group.dummy_level)
                total = total + group.significance * 2 ** first * value
        return total, shift
