"""The chip's arithmetic as differentiable layers: 4-bit weights, 8-bit codes, converter noise.

Activations travel between layers as codes 0..255 held in floats.  A layer computes

    D = sum x * w                          exact integer, w in -7..7
    z = D / D_lsb + n                      converter input in LSB, n is the analog noise
    y = clamp(floor(gamma * z + beta + zero + 1/2), 0, 255)

with one gamma and one beta per output channel.  While a network trains, gamma and beta come from a
batch normalisation of z; `registers` folds it.  Gradients pass straight through every rounding.
"""
import functools
import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

ROWS_PER_UNIT = 36              # word lines of one unit of the macro
WEIGHT_BITS = 4
ACTIVATION_BITS = 8
CONVERTER_BITS = 8
SWING = 0.5                     # share of the units' whole range that the converter spans
WEIGHT_MAX = 2 ** (WEIGHT_BITS - 1) - 1     # 7: symmetric grid
CODE_MAX = 2 ** ACTIVATION_BITS - 1         # 255
SIGNED_ZERO = 2 ** (ACTIVATION_BITS - 1)    # 128: zero point of a signed output
GAMMA_STEP = 2.0 ** -8          # gain register: unsigned 8.8
GAMMA_LIMIT = 256.0 - GAMMA_STEP
BETA_STEP = 2.0 ** -4           # offset register: signed 12.4
BETA_LIMIT = 2048.0 - BETA_STEP
WEIGHT_SPREAD = 1.6             # weights start evenly in -1.6..1.6, cut to -1..1: many at the ends
NORMAL_TABLE = 2 ** 22          # values in the table of temporal noise
LEAST_SCALE = 0.02              # floor of the normalisation's scale: gamma is never negative


@dataclass(frozen=True)
class ChipNoise:
    """Standard deviations of the analog errors; docs/training.md tells where they come from."""

    temporal_lsb: float = 0.40  # per conversion
    offset_lsb: float = 0.42    # per output channel of a die
    gain: float = 0.003         # per output channel of a die, relative
    mismatch: float = 0.005     # per cell of a die, relative to its weight

    def scaled(self, factor):
        """Return the same noise with every deviation times `factor`."""
        return ChipNoise(self.temporal_lsb * factor, self.offset_lsb * factor,
                         self.gain * factor, self.mismatch * factor)


def units(rows):
    """Return how many units of the macro `rows` inputs of a dot product occupy."""
    return math.ceil(rows / ROWS_PER_UNIT)


def converter_lsb(rows):
    """Return the converter's LSB in units of D for a dot product of `rows` inputs: 288 per unit."""
    full_scale = SWING * ROWS_PER_UNIT * units(rows) * 2 ** (ACTIVATION_BITS + WEIGHT_BITS)
    return full_scale / 2 ** CONVERTER_BITS


def round_through(x):
    """Round half up; the gradient passes unchanged."""
    return x + (torch.floor(x + 0.5) - x).detach()


def to_code(x):
    """Map a real-valued code to an integer 0..255; no gradient passes where it saturates."""
    return round_through(torch.clamp(x, 0, CODE_MAX))


def weight_codes(latent):
    """Return the integers -7..7 of `latent` weights, (out, ...) with -1..1 as the useful range.

    A channel whose largest magnitude is below 1 is scaled up to it, so every channel uses +-7.
    """
    peak = latent.detach().abs().flatten(1).amax(1).clamp(1e-6, 1.0)
    peak = peak.reshape(-1, *[1] * (latent.dim() - 1))
    return round_through(torch.clamp(latent / peak, -1, 1) * WEIGHT_MAX)


@functools.lru_cache(maxsize=None)
def normal_table(device):
    """Return NORMAL_TABLE standard normal values, the same ones at every start."""
    return torch.randn(NORMAL_TABLE, generator=torch.Generator().manual_seed(0)).to(device)


def normal_like(x):
    """Return standard normal values of the shape of `x`.

    They are a slice from a random place of a table: drawing them all anew, one per conversion,
    would take longer than the convolutions.
    """
    count = x.numel()
    if 2 * count > NORMAL_TABLE:
        return torch.randn_like(x)
    start = int(torch.randint(NORMAL_TABLE - count, (1,)))
    return normal_table(x.device)[start:start + count].view(x.shape)


def vary_weights(weight, noise):
    """Return integer weights (out, ...) with one die's mismatch and channel gains."""
    gain = torch.randn(len(weight), *[1] * (weight.dim() - 1), device=weight.device)
    with torch.no_grad():
        factor = (1 + noise.mismatch * torch.randn_like(weight)) * (1 + noise.gain * gain)
    return weight * factor


def add_noise(product, noise, lsb):
    """Add noise to dot products (N, C, ...), `lsb` of them to an LSB.

    Every sample has other channel offsets, every conversion its own temporal noise.
    """
    one_per_channel = (*product.shape[:2], *[1] * (product.dim() - 2))
    offset = noise.offset_lsb * lsb * torch.randn(one_per_channel, device=product.device)
    return product + torch.add(offset, normal_like(product), alpha=noise.temporal_lsb * lsb)


class ChipLayer(nn.Module):
    """A convolution (4-d weight) or fully connected layer (2-d weight) as the chip computes it.

    weight_shape: (out, in, kh, kw) or (out, in).  pool: 2x2 max pooling after the layer.
    span: output codes per standard deviation of z at the start of the training.
    lift: mean of the output, in standard deviations, at the start of the training.
    zero: zero point of the output, 0 for rectified codes and 128 for signed ones.
    """

    def __init__(self, weight_shape, pool=False, span=150.0, lift=0.5, zero=0):
        super().__init__()
        self.latent = nn.Parameter(
            torch.empty(weight_shape).uniform_(-WEIGHT_SPREAD, WEIGHT_SPREAD).clamp_(-1, 1))
        self.norm = nn.BatchNorm1d(weight_shape[0], eps=1e-3)
        nn.init.constant_(self.norm.bias, lift)
        self.pool, self.span, self.zero = pool, span, zero
        self.rows = math.prod(weight_shape[1:])
        self.folded = False     # train with the registers in place of batch statistics

    def forward(self, x, noise=None):
        """Map input codes (N, in[, H, W]) to output codes; `noise` is a ChipNoise or None."""
        weight = weight_codes(self.latent)
        if noise is not None:
            weight = vary_weights(weight, noise)
        lsb = converter_lsb(self.rows)
        product = F.conv2d(x, weight) if weight.dim() == 4 else F.linear(x, weight)
        if noise is not None:
            product = add_noise(product, noise, lsb)
        if self.pool:           # commutes with the rest: gamma is positive, the code monotone
            product = F.max_pool2d(product, 2)
        z = product / lsb
        return to_code(self.scale(z) + self.zero)

    def scale(self, z):
        """Apply gain and offset to `z`: those of the batch, or of the registers once folded."""
        if self.training and not self.folded:
            flat = z.flatten(2) if z.dim() == 4 else z
            return (self.span * self.norm(flat)).reshape(z.shape)
        gamma, beta = self.registers()
        shape = (1, -1, *[1] * (z.dim() - 2))
        return z * gamma.reshape(shape) + beta.reshape(shape)

    def registers(self):
        """Return (gamma, beta), each (out,), on the registers' grids and within their ranges."""
        per_lsb = self.norm.weight / torch.sqrt(self.norm.running_var + self.norm.eps)
        gamma = self.span * per_lsb
        beta = self.span * (self.norm.bias - per_lsb * self.norm.running_mean)
        gamma = round_through(gamma / GAMMA_STEP) * GAMMA_STEP
        beta = round_through(beta / BETA_STEP) * BETA_STEP
        return gamma.clamp(GAMMA_STEP, GAMMA_LIMIT), beta.clamp(-BETA_LIMIT, BETA_LIMIT)

    @torch.no_grad()
    def constrain(self):
        """Bring the parameters back into their ranges; call after every optimiser step."""
        self.latent.clamp_(-1, 1)
        self.norm.weight.clamp_(min=LEAST_SCALE)
