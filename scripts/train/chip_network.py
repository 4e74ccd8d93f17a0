"""A network of nodes in PyTorch: as floats, and as the chip computes it.

On the chip a tensor is codes 0..255 with a step and a zero point, a weight is an integer of 4 bits,
and a layer computes

    D = sum x * w                              codes times integers
    y = batch_norm(D + e)                      e: errors of the chip's conversions
    code = clamp(round(y / step + zero), low, 255)

Weights are clipped at CLIP standard deviations of their channel: what a converter reads is D in
steps that are fixed, so that large weights are what lifts D above the errors.  Activation steps are
trained, for the same reason.  Gradients pass straight through every rounding.
"""
import torch
import torch.nn.functional as F
from torch import nn

from quantise import CODE_MAX, LEAST_SCALE, SIGNED_ZERO, WEIGHT_MAX

CLIP = 1.1                      # of a weight, in standard deviations of its channel
TABLE_IMAGES = 640              # of which a layer's errors are drawn beforehand
FIRST_REACH = 2.0               # of a rectified tensor's range, in root mean squares of its values
INPUT_STEP = 1 / CODE_MAX


class WeightCodes(torch.autograd.Function):
    """Integers -7..7 of weights in standard deviations of their channel, over CLIP."""

    @staticmethod
    def forward(_, relative):
        """relative: weights, 1 being the end of the range."""
        return torch.clamp(relative * WEIGHT_MAX, -WEIGHT_MAX, WEIGHT_MAX).add_(0.5).floor_()

    @staticmethod
    def backward(_, gradient):
        """Pass all gradients: clipped weights that never grew would shrink their channel."""
        return gradient * WEIGHT_MAX


class Codes(torch.autograd.Function):
    """Codes of real values; the step has a gradient too."""

    @staticmethod
    def forward(ctx, values, log_step, zero, low):
        """values: real; log_step: natural logarithm of the step; low: least code."""
        step = log_step.detach().exp().item()
        raw = values / step
        if zero:
            raw.add_(zero)
        ctx.zero, ctx.low, ctx.step = zero, low, step
        ctx.save_for_backward(raw)
        return raw.clamp(low, CODE_MAX).round_()

    @staticmethod
    def backward(ctx, gradient):
        """d code / d log step = -(raw - zero) where it does not saturate."""
        raw, = ctx.saved_tensors
        threshold = torch.ops.aten.threshold_backward      # faster than masks of bool
        gradient = threshold(threshold(gradient, raw, ctx.low), CODE_MAX - raw, 0)
        step_gradient = -(gradient * raw).sum()
        if ctx.zero:
            step_gradient += ctx.zero * gradient.sum()
        return gradient.div_(ctx.step), step_gradient.float(), None, None


def relative_weight(weight):
    """Return `weight` over the end of its channel's range."""
    flat = weight.detach().flatten(1)
    reach = CLIP * flat.pow(2).mean(1).sqrt().clamp(min=1e-8)
    return weight / reach.reshape(-1, *[1] * (weight.dim() - 1))


def integer_weight(weight):
    """Return the integers -7..7 of a layer's float weights; every channel uses 7 or -7."""
    return WeightCodes.apply(relative_weight(weight))


class ErrorTable:
    """Errors of the conversions of one layer shape for TABLE_IMAGES images, each on its own die.

    Every use takes those of consecutive images from a random place, with a random sign: drawing
    them anew for every batch would take longer than the convolutions.
    """

    def __init__(self, shape, errors, dtype):
        """shape: (C, H, W) of an image; errors: Errors."""
        channels, height, width = shape
        generator = torch.Generator().manual_seed(0)
        values = torch.randn(TABLE_IMAGES, height, width, channels, generator=generator)
        values.mul_(errors.temporal * WEIGHT_MAX)
        static = torch.randn(TABLE_IMAGES, 1, 1, channels, generator=generator)
        values.add_(static, alpha=errors.static * WEIGHT_MAX)
        self.values = values.to(dtype)

    def add_to(self, total, share):
        """Add `share` of the errors to dot products (N, C, H, W) that lie channels last."""
        first = int(torch.randint(TABLE_IMAGES - len(total) + 1, (1,)))
        sign = 1 - 2 * int(torch.randint(2, (1,)))
        errors = self.values[first:first + len(total)].permute(0, 3, 1, 2)
        return total.add_(errors, alpha=sign * share)


class ChipNetwork(nn.Module):
    """The nodes of an architecture with their parameters.

    chip: compute as the chip does (`--phase chip`), not in floats.
    """

    def __init__(self, nodes):
        super().__init__()
        self.nodes = nodes
        self.chip = False
        self.dtype = torch.bfloat16
        self.weights, self.norms = nn.ParameterDict(), nn.ModuleDict()
        self.biases, self.log_steps = nn.ParameterDict(), nn.ParameterDict()
        self.signed = {node.name: not node.relu for node in nodes}
        for node in nodes:
            if node.op != "max_pool":
                self.log_steps[node.name] = nn.Parameter(torch.zeros(()))
            if not node.weighted:
                continue
            weight = torch.empty(node.weight_shape)
            nn.init.kaiming_normal_(weight, mode="fan_out" if node.op == "conv" else "fan_in")
            self.weights[node.name] = nn.Parameter(weight)
            if node is nodes[-1]:
                self.biases[node.name] = nn.Parameter(torch.zeros(node.channels))
            else:
                self.norms[node.name] = nn.BatchNorm2d(node.channels)
        self.tables = {}
        self.error_share = 1.0      # of the errors that are added

    def forward(self, x, errors=None):
        """Map codes (N, C, H, W) to real outputs; `errors(rows)` gives Errors, or is None."""
        x = x.contiguous(memory_format=torch.channels_last)
        return self.forward_chip(x, errors) if self.chip else self.forward_float(x)

    def forward_float(self, x):
        """Return the outputs of the network in floats; nothing has a range."""
        values = {"input": x * INPUT_STEP}
        for node in self.nodes:
            values[node.name] = self.float_node(node, [values[name] for name in node.inputs])
        return values[self.nodes[-1].name].flatten(1)

    def float_node(self, node, inputs):
        """Return the real output of `node`."""
        if node.weighted:
            result = product(node, inputs[0], self.weights[node.name])
            if node.name in self.norms:
                result = self.norms[node.name](result)
            else:
                result = result + self.biases[node.name].reshape(1, -1, 1, 1)
        elif node.op == "add":
            result = inputs[0] + inputs[1]
        elif node.op == "mean":
            result = inputs[0].mean((2, 3), keepdim=True)
        else:
            result = F.max_pool2d(inputs[0], 2)
        return F.relu(result) if node.relu else result

    def zero(self, name):
        """Return the zero point of a tensor."""
        return SIGNED_ZERO if self.signed.get(name, False) else 0

    def log_step(self, name):
        """Return the logarithm of a tensor's step; a pooled tensor has that of its input."""
        for node in self.nodes:
            if node.name == name and node.op == "max_pool":
                return self.log_step(node.inputs[0])
        if name == "input":
            return torch.tensor(INPUT_STEP).log()
        return self.log_steps[name]

    def forward_chip(self, x, errors):
        """Return the outputs with codes between the layers."""
        codes = {"input": x.to(self.dtype)}
        for node in self.nodes:
            inputs = [codes[name] for name in node.inputs]
            if node.op == "max_pool":
                codes[node.name] = F.max_pool2d(inputs[0], 2)
                continue
            real = self.chip_values(node, inputs, errors)
            if node is self.nodes[-1]:
                real = real.float()
            zero = self.zero(node.name)
            codes[node.name] = Codes.apply(real, self.log_steps[node.name], zero, 0)
        last = self.nodes[-1].name
        step = self.log_steps[last].exp()
        return ((codes[last] - self.zero(last)) * step).flatten(1)

    def chip_values(self, node, inputs, errors):
        """Return the real values that become the codes of `node`."""
        if node.weighted:
            return self.chip_product(node, inputs[0], errors)
        real = [self.real(name, codes) for name, codes in zip(node.inputs, inputs)]
        return real[0] + real[1] if node.op == "add" else real[0].mean((2, 3), keepdim=True)

    def real(self, name, codes):
        """Return the real values of codes; the step takes part in the gradient."""
        zero = self.zero(name)
        return (codes - zero if zero else codes) * self.log_step(name).exp().to(codes.dtype)

    def chip_product(self, node, codes, errors):
        """Return the real values of a layer with weights, its conversions' errors included."""
        weight = self.weights[node.name]
        integers = integer_weight(weight)
        total = product(node, codes, integers.to(self.dtype))
        if errors is not None:
            total = self.with_errors(total, errors(node.rows))
        if node.name in self.norms:
            return self.norms[node.name](total)
        reach = CLIP * weight.flatten(1).pow(2).mean(1).sqrt() / WEIGHT_MAX
        scale = reach * self.log_step(node.inputs[0]).exp()
        return (total.float() * scale.reshape(1, -1, 1, 1)
                + self.biases[node.name].reshape(1, -1, 1, 1))

    def with_errors(self, total, errors):
        """Add the errors of conversions: every image sees another die."""
        key = (tuple(total.shape[1:]), errors.temporal, errors.static)
        if key not in self.tables:
            self.tables[key] = ErrorTable(key[0], errors, self.dtype)
        return self.tables[key].add_to(total, self.error_share)

    @torch.no_grad()
    def constrain(self):
        """Keep gains positive; call after every optimiser step of the chip phase."""
        for norm in self.norms.values():
            norm.weight.clamp_(min=LEAST_SCALE)

    @torch.no_grad()
    def start_chip(self, batches, errors):
        """Go from floats to the chip: positive gains, statistics of D, first ranges.

        batches: codes (N, C, H, W), several times.
        """
        for name, norm in self.norms.items():
            sign = torch.where(norm.weight < 0, -1.0, 1.0)
            self.weights[name].mul_(sign.reshape(-1, 1, 1, 1))
            norm.weight.mul_(sign)
        self.find_ranges(batches[0])
        self.chip = True
        self.renew_statistics(batches, errors)

    @torch.no_grad()
    def find_ranges(self, codes):
        """Choose steps from the float network's tensors for the images `codes`."""
        self.eval()
        values = {"input": codes.contiguous(memory_format=torch.channels_last) * INPUT_STEP}
        for node in self.nodes:
            values[node.name] = self.float_node(node, [values[name] for name in node.inputs])
            if node.op == "max_pool":
                continue
            tensor = values[node.name]
            most = tensor.abs().max()
            if node is not self.nodes[-1] and node.op != "mean":
                power = tensor[tensor > 0] if node.relu else tensor
                reach = FIRST_REACH if node.relu else 1.5 * FIRST_REACH
                most = torch.minimum(most, reach * power.pow(2).mean().sqrt())
            codes_up = CODE_MAX if node.relu else CODE_MAX - SIGNED_ZERO
            self.log_steps[node.name].copy_((most.clamp(min=1e-6) / codes_up).log())

    @torch.no_grad()
    def renew_statistics(self, batches, errors):
        """Compute the statistics of every batch normalisation anew."""
        for norm in self.norms.values():
            norm.reset_running_stats()
            norm.momentum = None        # cumulative average
        self.train()
        for batch in batches:
            self(batch, errors)
        for norm in self.norms.values():
            norm.momentum = 0.1

    def freeze_statistics(self):
        """Use and keep the running statistics from now on."""
        for norm in self.norms.values():
            norm.eval()


def product(node, x, weight):
    """Return the convolution or matrix product of a node."""
    if node.op == "linear":
        return F.conv2d(x, weight)
    return F.conv2d(x, weight, stride=node.stride, padding=node.pad, groups=node.groups)
