"""The conversions of a layer on a chip with digital combining, as tensor operations.

A layer is cut into blocks: a part of its rows times a group of the columns of a weight (and the dummy
column of an offset).  The products of all blocks lie side by side in the channels of one tensor:

    u_b   = sum of digit * level over the part's rows            (docs/models/cim-stages.md)
    q_b   = clamp(floor((u_b + e) / step_b + 1/2), low, high),   step_b = F_b f / 2^(b + r)
    D^    = sum of significance_b step_b q_b

f is the share of the full scale that the converter's range takes, one a layer, a part, or a part and output.
"""
from dataclasses import dataclass

import torch
import torch.nn.functional as F

from adaptation import lsq

MOST_SIDE_BY_SIDE = 3           # parts whose products are one convolution (measured)


@dataclass(frozen=True)
class Block:
    """What one conversion of every output takes of the rows and of a weight.

    part: of the rows; group: number of the column group; dummy: its dummy column, one output.
    """

    part: int
    group: int
    significance: int
    paired: bool
    dummy: bool
    first: int                  # channel
    channels: int


class LayerPlan:
    """Blocks and digits of one layer; weights of `weight_bits`, codes of `code_bits`."""

    def __init__(self, arrays, node, weight_bits, code_bits):
        self.arrays, self.node = arrays, node
        self.weight_bits = max(2, weight_bits)      # -1 and +1 take a sign and a magnitude
        self.code_bits = code_bits
        shared = arrays.groups_per_tile(node, self.weight_bits)
        self.parts = arrays.row_parts(node.rows * shared)
        if len(self.parts) > 1:
            self.parts = arrays.row_parts(node.rows)
        self.groups = arrays.column_groups(self.weight_bits)
        self.digits = arrays.digits(code_bits)
        self.blocks = self.make_blocks()
        self.channels = sum(block.channels for block in self.blocks)
        self.masks = None

    def make_blocks(self):
        """Return the Blocks in the order of their channels."""
        made, first = [], 0
        for part in range(len(self.parts)):
            for number, group in enumerate(self.groups):
                for dummy in (False, True)[:2 if group.dummy_level else 1]:
                    count = 1 if dummy else self.node.channels
                    made.append(Block(part, number, group.significance, group.paired, dummy,
                                      first, count))
                    first += count
        return made

    def full_scale(self, block, digit):
        """Return F of a block's conversion of digit number `digit`."""
        return self.arrays.full_scale(self.groups[block.group], self.parts[block.part][2],
                                      self.digits[digit][1])

    def tap_masks(self, device):
        """Return for every part which weights (1, in, k, k) lie in its rows, or None for one part."""
        if len(self.parts) == 1:
            return None
        if self.masks is None or self.masks[0].device != device:
            _, channels, height, width = self.node.weight_shape
            order = torch.arange(self.node.rows, device=device).reshape(height, width, channels)
            order = order.permute(2, 0, 1)[None]
            self.masks = [((order >= first) & (order < first + count)).float()
                          for first, count, _ in self.parts]
        return self.masks

    def levels(self, integers):
        """Return [(levels (out, in, k, k) of a column group)] of integer weights.

        Gradients: every group takes the share of its levels of the whole range.
        """
        if len(self.groups) == 1 and not self.groups[0].dummy_level:
            return [integers]
        value = integers.detach()
        offset = sum(group.dummy_level * group.significance for group in self.groups)
        reach = sum(abs(group.significance) * group.levels for group in self.groups)
        found = []
        for group in self.groups:
            unit = abs(group.significance)
            size = value.abs() if group.paired else value + offset
            if group.significance < 0:
                level = (value < 0).to(value.dtype)
            else:
                level = torch.div(size, unit, rounding_mode="floor").remainder(group.levels + 1)
            if group.paired:
                level = level * value.sign()
            slope = group.levels / reach * (-1 if group.significance < 0 else 1)
            through = integers * slope
            found.append(through + (level - through).detach())
        return found

    def stacked(self, integers):
        """Return the weights (channels of all blocks, in, k, k) of integer weights."""
        masks = self.tap_masks(integers.device)
        levels = self.levels(integers)
        pieces = []
        for block in self.blocks:
            level = levels[block.group]
            if block.dummy:
                level = torch.full_like(level[:1], self.groups[block.group].dummy_level)
            pieces.append(level if masks is None else level * masks[block.part])
        return pieces[0] if len(pieces) == 1 else torch.cat(pieces)

    def driven(self, codes):
        """Return the digits of codes (N, C, H, W) one after the other in the batch, low first.

        Gradients: every digit takes the share of its levels of the whole code.
        """
        if len(self.digits) == 1:
            return codes
        whole = codes.detach()
        made = []
        for first, bits in self.digits:
            digit = torch.div(whole, 2 ** first, rounding_mode="floor").remainder(2 ** bits)
            through = codes * ((2 ** bits - 1) / (2 ** self.code_bits - 1))
            made.append(through + (digit - through).detach())
        return torch.cat(made)

    def products(self, codes, integers, dtype):
        """Return u of all blocks: one tensor, or a list of one a block where parts are many.

        Side by side, a part costs the whole layer's products; apart, only its own taps and
        channels, but each a pass over the input.
        """
        node = self.node
        driven = self.driven(codes).to(dtype)
        stride, pad = (node.stride, node.pad) if node.op == "conv" else (1, 0)
        if len(self.parts) <= MOST_SIDE_BY_SIDE or node.groups > 1:
            weights = self.stacked(integers).to(dtype)
            if len(self.blocks) > 1 and node.groups > 1:
                return [F.conv2d(driven, weights[block.first:block.first + block.channels],
                                 stride=stride, padding=pad, groups=node.groups)
                        for block in self.blocks]
            return F.conv2d(driven, weights, stride=stride, padding=pad, groups=node.groups)
        padded = F.pad(driven, (pad,) * 4) if pad else driven
        height = (padded.shape[2] - node.kernel) // stride + 1
        width = (padded.shape[3] - node.kernel) // stride + 1
        masks, levels = self.tap_masks(integers.device), self.levels(integers)
        made = []
        for block in self.blocks:
            rows, columns, channels = self.box(block.part)
            level = levels[block.group]
            if block.dummy:
                level = torch.full_like(level[:1], self.groups[block.group].dummy_level)
            weights = (level * masks[block.part])[:, channels, rows, columns].to(dtype)
            source = padded[:, channels,
                            rows.start:rows.stop + (height - 1) * stride,
                            columns.start:columns.stop + (width - 1) * stride]
            made.append(F.conv2d(source, weights, stride=stride))
        return made

    def box(self, part):
        """Return slices (ky, kx, channel) that hold the rows of a part."""
        first, count, _ = self.parts[part]
        channels, kernel = self.node.channels_in, self.node.kernel
        tap, last = first // channels, (first + count - 1) // channels
        rows = slice(tap // kernel, last // kernel + 1)
        columns = slice(0, kernel)
        if tap // kernel == last // kernel:
            columns = slice(tap % kernel, last % kernel + 1)
        inside = slice(0, channels)
        if tap == last:
            inside = slice(first % channels, first % channels + count)
        return rows, columns, inside

    def block_shares(self, shares):
        """Return [f of a block: a tensor of one value or (1, out, 1, 1)].

        shares: (1, 1), (parts, 1) or (parts, out), the last without dummy columns.
        """
        found = []
        for block in self.blocks:
            share = shares[block.part if len(shares) > 1 else 0]
            found.append(share.reshape(1, -1, 1, 1) if share.numel() > 1 else share.reshape(1))
        return found


def snapped_shares(logs, arrays):
    """Return the shares f = m / 2^n of logarithms of shares; gradients pass the rounding."""
    share = logs.exp().clamp(max=1.0)
    codes = 2 ** arrays.range_bits
    fixed = (share.detach() * codes).round().clamp(1, codes) / codes
    return share + (fixed - share.detach())


@dataclass(frozen=True)
class Errors:
    """Errors of conversions: temporal and offset in shares of F, gain relative; deviations.

    normal(like): normal numbers of a tensor's shape; die(shape): those of a die's converters.
    """

    temporal: float
    offset: float
    gain: float
    normal: object
    die: object


class _Convert(torch.autograd.Function):
    """Products of one block (digits x N, out, H, W) to significance * step * q summed over digits."""

    @staticmethod
    def forward(ctx, products, share, plan, block, errors):
        arrays = plan.arrays
        count = len(plan.digits)
        outcome, saved = None, []
        for number, (first, _) in enumerate(plan.digits):
            part = products if count == 1 else products.chunk(count)[number]
            full = plan.full_scale(block, number)
            whole = full / 2 ** (arrays.converter_bits + arrays.range_shift)
            step = (share * whole).clamp(min=1.0)
            # divided, as ties must stay ties
            level = part / (step.item() if step.numel() == 1 else step.to(part.dtype))
            if errors is not None:
                add_errors(level, part, step, full, errors)
            low, high = lsq.conversion_bounds(arrays.converter_bits, block.paired)
            value = (level + 0.5).floor_().clamp_(low, high)
            factor = step * (block.significance * 2 ** first * (-1 if block.dummy else 1))
            saved.append((level, factor, share * whole > 1.0))
            value = scaled(value, factor)
            outcome = value if outcome is None else outcome.add_(value)
        ctx.plan, ctx.block, ctx.constants = plan, block, [item[1:] for item in saved]
        ctx.share = share
        ctx.save_for_backward(*(item[0] for item in saved))
        return outcome

    @staticmethod
    def backward(ctx, gradient):
        """LSQ: the step's gradient is q - level inside, the bound outside."""
        low, high = lsq.conversion_bounds(ctx.plan.arrays.converter_bits, ctx.block.paired)
        of_products, of_share = [], torch.zeros_like(ctx.share)
        for number, (level, (factor, free)) in enumerate(zip(ctx.saved_tensors, ctx.constants)):
            inside = lsq.within(gradient, level, low, high)
            if ctx.needs_input_grad[1]:
                code = (level + 0.5).floor_().clamp_(low, high)
                total = gradient * code - inside * level
                if ctx.share.numel() > 1:
                    total = total.sum((0, 2, 3), keepdim=True, dtype=torch.float32)
                else:
                    total = total.sum(dtype=torch.float32).reshape(1)
                of_share = of_share + total * factor / ctx.share * free
            slope = ctx.block.significance * 2 ** ctx.plan.digits[number][0]
            slope = -slope if ctx.block.dummy else slope
            of_products.append(inside if slope == 1 else inside.mul_(slope))
        joined = of_products[0] if len(of_products) == 1 else torch.cat(of_products)
        return joined, of_share, None, None, None


def scaled(values, factor):
    """Return values times a tensor of one value or (1, channels, 1, 1)."""
    if factor.numel() == 1:
        return values * factor.item()
    return values * factor.to(values.dtype)


def add_errors(level, products, step, full, errors):
    """Add a chip's errors to `level`, products in steps; every image sees a die of its own."""
    ratio = full / step                 # steps in the full scale
    if errors.temporal > 0:
        noise = errors.normal(level)
        if ratio.numel() == 1:
            level.add_(noise, alpha=errors.temporal * ratio.item())
        else:
            level.addcmul_(noise, (errors.temporal * ratio).to(level.dtype))
    shape = (level.shape[0], level.shape[1], 1, 1)
    if errors.gain > 0:
        level.addcmul_(products, (errors.gain * errors.die(shape) / step).to(level.dtype))
    if errors.offset > 0:
        level.add_((errors.offset * errors.die(shape) * ratio).to(level.dtype))


def combined(products, shares, plan, errors=None):
    """Return D^ (N, out, H, W) of products (digits x N, channels, H, W) of all blocks.

    products: a tensor with the blocks' channels one after the other, or a tensor a block.
    """
    total, dummy = None, []
    parts = products
    if torch.is_tensor(products):
        parts = products.split([block.channels for block in plan.blocks], 1)
    for block, part, share in zip(plan.blocks, parts, plan.block_shares(shares)):
        value = _Convert.apply(part, share, plan, block, errors)
        if block.dummy:
            dummy.append(value)
        else:
            total = value if total is None else total + value
    for value in dummy:
        total = total + value
    return total
