"""Quantisers whose step is learned (LSQ: Esser et al., ICLR 2020, arXiv 1902.08153).

A value v becomes the code c = clamp(round(v / s) + z, low, high), of which s (c - z) is the real value.
Gradients pass the rounding unchanged and stop where the code saturates:

    dc/dv = 1 / s,  dc/ds = -v / s^2        inside, else 0

so that of the real value r = s (c - z)

    dr/ds = round(v / s) - v / s inside;  low - z or high - z outside

which is the published gradient.  The gradient of a step is scaled by 1 / sqrt(N Q) with N values to a
step and Q = high - z, and a step starts at 2 mean|v| / sqrt(Q).
"""
import math

import torch

LEAST_STEP = 1e-12


def weight_bounds(bits):
    """Return (least, most) of the symmetric integers of `bits` bits; 1 bit knows -1 and +1."""
    most = 1 if bits == 1 else 2 ** (bits - 1) - 1
    return -most, most


def code_bounds(bits):
    """Return (least, most) code of a tensor."""
    return 0, 2 ** bits - 1


def zero_point(bits, is_signed):
    """Return the code of real 0: mid-scale where values have a sign."""
    return 2 ** (bits - 1) if is_signed else 0


def conversion_bounds(bits, paired):
    """Return (least, most) number of a conversion: signed where it reads a pair of lines."""
    return (-2 ** (bits - 1), 2 ** (bits - 1) - 1) if paired else (0, 2 ** bits - 1)


def initial_step(values, most, dims=None):
    """Return 2 mean|v| / sqrt(most), over all values or over `dims`, which stay with size 1."""
    magnitude = values.detach().abs().float()
    mean = magnitude.mean() if dims is None else magnitude.mean(dims, keepdim=True)
    return (2 * mean / math.sqrt(most)).clamp(min=LEAST_STEP)


def gradient_scale(count, most):
    """Return 1 / sqrt(N Q) for a step of `count` values with `most` the highest level."""
    return 1 / math.sqrt(max(1, count) * most)


def scale_gradient(value, factor):
    """Return `value`; its gradient is `factor` times what comes back."""
    return value * factor + (value * (1 - factor)).detach()


class _Codes(torch.autograd.Function):
    """Codes of real values, see the head of the file."""

    @staticmethod
    def forward(ctx, values, step, zero, low, high):
        """step: a tensor of one value, or one that `values` broadcasts against."""
        if step.numel() == 1:
            ratio = values / step.item()
        else:
            ratio = values / step.to(values.dtype)
        ctx.low, ctx.high = low - zero, high - zero
        ctx.save_for_backward(ratio, step)
        codes = (ratio + 0.5).floor_().clamp_(ctx.low, ctx.high)
        return codes.add_(zero) if zero else codes

    @staticmethod
    def backward(ctx, gradient):
        """Return the gradients of values and step."""
        ratio, step = ctx.saved_tensors
        inside = within(gradient, ratio, ctx.low, ctx.high)
        product = inside * ratio
        if step.numel() == 1:
            of_step = -(product.sum(dtype=torch.float32) / step).reshape(step.shape)
            return inside.div_(step.item()), of_step.to(step.dtype), None, None, None
        dims = [dim for dim in range(product.dim()) if step.shape[dim] == 1]
        of_step = -product.sum(dims, keepdim=True, dtype=torch.float32) / step
        return inside / step.to(inside.dtype), of_step.to(step.dtype), None, None, None


def within(gradient, ratio, low, high):
    """Return `gradient` where low < ratio < high, else 0."""
    threshold = torch.ops.aten.threshold_backward       # faster than masks of bool
    return threshold(threshold(gradient, ratio, low), high - ratio, 0)


def codes_of(values, step, zero, low, high):
    """Return the codes of `values`, as whole numbers in floats."""
    return _Codes.apply(values, step, zero, low, high)


class _Signs(torch.autograd.Function):
    """-1 or +1; gradients pass where |v| is below twice the step."""

    @staticmethod
    def forward(ctx, values, step):
        """Zero counts as positive, as the compiler takes it."""
        ratio = values / step
        ctx.save_for_backward(ratio, step)
        return torch.where(ratio < 0, -1.0, 1.0).to(values.dtype)

    @staticmethod
    def backward(ctx, gradient):
        """Pass the gradient of small values; the step has none, for it scales no code."""
        ratio, step = ctx.saved_tensors
        return within(gradient, ratio, -2, 2) / step, None


def weight_step(weight, log_step, bits):
    """Return the steps of weights (out, ...), of their number of axes; log_step: (out,) or (1,).

    A step is never so large that its greatest weight would stay below the highest integer: a
    quantiser that takes the greatest magnitude as its range then finds the same integers.  Weights
    of 1 bit have the mean magnitude as their step, as the compiler gives them.
    """
    magnitude = weight.detach().abs().flatten(1)
    if log_step.numel() == 1:
        magnitude = magnitude.reshape(1, -1)
    if bits == 1:
        step = magnitude.mean(1).clamp(min=LEAST_STEP)
    else:
        most = magnitude.amax(1).clamp(min=LEAST_STEP) / weight_bounds(bits)[1]
        step = torch.minimum(log_step.exp(), most)
    return step.reshape(-1, *[1] * (weight.dim() - 1))


def integer_weights(weight, step, bits):
    """Return the integers of weights (out, ...) with the steps that `weight_step` gives."""
    if bits == 1:
        return _Signs.apply(weight, step)
    low, high = weight_bounds(bits)
    return codes_of(weight, step, 0, low, high)
