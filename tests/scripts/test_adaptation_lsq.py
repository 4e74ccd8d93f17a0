"""Tests of learned steps and conversions in scripts/train/adaptation: values and gradients."""
import math
import sys
import unittest
from pathlib import Path

import numpy as np
import torch

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts" / "train"))

import architectures  # noqa: E402
from adaptation import conversions, lsq  # noqa: E402
from adaptation.arrays import ChipArrays  # noqa: E402

torch.set_num_threads(1)


class StepTest(unittest.TestCase):
    """Codes and their gradients against the published equations."""

    def setUp(self):
        torch.manual_seed(1)

    def test_published_gradient_of_the_real_value(self):
        for bits, is_signed in ((4, False), (3, True), (8, True)):
            zero = lsq.zero_point(bits, is_signed)
            low, high = lsq.code_bounds(bits)
            values = (torch.randn(500, dtype=torch.float64) * 2 ** bits / 4).requires_grad_()
            step = torch.tensor([0.37], dtype=torch.float64, requires_grad=True)
            upstream = torch.randn(500, dtype=torch.float64)
            real = (lsq.codes_of(values, step, zero, low, high) - zero) * step
            real.backward(upstream)
            ratio = (values / step).detach()
            below, above = ratio <= low - zero, ratio >= high - zero
            expected = torch.where(below, torch.full_like(ratio, low - zero),
                                   torch.where(above, torch.full_like(ratio, high - zero),
                                               torch.floor(ratio + 0.5) - ratio))
            # the sum over values is kept in single precision
            self.assertAlmostEqual(step.grad.item(), (expected * upstream).sum().item(), delta=2e-4)
            torch.testing.assert_close(values.grad, torch.where(below | above, 0.0, upstream))
            self.assertGreater(above.sum().item(), 0)

    def test_gradient_is_the_difference_quotient_with_the_rounding_error_held(self):
        values = torch.randn(200, dtype=torch.float64)
        values = values[(values.abs() / 0.21 - 7).abs() > 0.6]      # off the end of the range
        step = torch.tensor([0.21], dtype=torch.float64, requires_grad=True)
        held = torch.floor(values / step.detach() + 0.5) - values / step.detach()

        def real(size):
            return size * (values / size + held).clamp(-7, 7)

        (lsq.codes_of(values, step, 0, -7, 7) * step).sum().backward()
        small = 1e-7
        quotient = (real(step.detach() + small) - real(step.detach() - small)).sum() / (2 * small)
        self.assertAlmostEqual(step.grad.item(), quotient.item(), delta=1e-3)

    def test_a_step_for_every_output(self):
        weight = torch.randn(6, 4, 3, 3, requires_grad=True)
        logs = torch.linspace(-3, -0.5, 6).requires_grad_()
        step = lsq.weight_step(weight, logs, 4)
        (lsq.integer_weights(weight, step, 4) * step).sum().backward()
        for output in range(6):
            log = logs.detach()[output:output + 1].clone().requires_grad_()
            alone = weight.detach()[output:output + 1].clone()
            one = lsq.weight_step(alone, log, 4)
            (lsq.integer_weights(alone, one, 4) * one).sum().backward()
            torch.testing.assert_close(logs.grad[output], log.grad[0])

    def test_first_step_and_gradient_scale(self):
        values = torch.tensor([[-1.0, 3.0], [0.5, -0.5]])
        self.assertAlmostEqual(lsq.initial_step(values, 7).item(), 2 * 1.25 / math.sqrt(7), 6)
        torch.testing.assert_close(lsq.initial_step(values, 4, 1), torch.tensor([[2.0], [0.5]]))
        self.assertEqual(lsq.gradient_scale(100, 4), 0.05)
        value = torch.tensor(3.0, requires_grad=True)
        scaled = lsq.scale_gradient(value, 0.05)
        scaled.backward()
        self.assertEqual((scaled.item(), round(value.grad.item(), 6)), (3.0, 0.05))

    def test_every_output_uses_the_highest_integer(self):
        weight = torch.randn(8, 40) * torch.logspace(-2, 2, 8)[:, None]
        for bits in (1, 2, 4, 5, 8):
            for log in (-20.0, 0.0, 20.0):
                step = lsq.weight_step(weight, torch.full((8,), log), bits)
                integers = lsq.integer_weights(weight, step, bits)
                most = lsq.weight_bounds(bits)[1]
                self.assertEqual(set(integers.abs().amax(1).tolist()), {float(most)})
                again = torch.trunc(integers * step / (integers * step).abs().amax(1, keepdim=True)
                                    * most + 0.5 * integers.sign())
                torch.testing.assert_close(again, integers)


def exact(plan, codes, integers, shares):
    """Return D^ of a layer by its definition, position by position, in exact integers over 2^k."""
    arrays, node = plan.arrays, plan.node
    taps = torch.nn.functional.unfold(codes, node.kernel, padding=node.pad, stride=node.stride)
    count, _, positions = taps.shape
    rows = taps.view(count, node.channels_in, -1, positions).transpose(1, 2)
    rows = rows.reshape(count, -1, positions).numpy().astype(np.int64)
    weight = integers.permute(0, 2, 3, 1).reshape(node.channels, -1).numpy().astype(np.int64)
    total = np.zeros((count, node.channels, positions))

    paired = arrays.representation == "differential"
    for part, (first, height, line) in enumerate(arrays.row_parts(node.rows)):
        for out in range(node.channels):
            share = shares[part if len(shares) > 1 else 0]
            share = float(share[out if len(share) > 1 else 0])
            for shift in range(0, plan.code_bits, arrays.drive_bits):
                bits = min(arrays.drive_bits, plan.code_bits - shift)
                digit = rows[:, first:first + height] >> shift & 2 ** bits - 1
                for group in arrays.column_groups(plan.weight_bits):
                    w = weight[out, first:first + height]
                    if paired:
                        level = np.sign(w) * (np.abs(w) // group.significance & group.levels)
                        full = line * 2 ** bits * 2 * group.levels
                    else:
                        stored = w + (2 ** (plan.weight_bits - 1) if group_offset(arrays) else 0)
                        level = stored // abs(group.significance) & group.levels
                        full = line * (2 ** bits - 1) * group.levels
                    step = max(1.0, full * share
                               / 2 ** (arrays.converter_bits + arrays.range_shift))
                    low, high = lsq.conversion_bounds(arrays.converter_bits, paired)
                    sums = np.tensordot(digit, level, ([1], [0]))
                    value = np.clip(np.floor(sums / step + 0.5), low, high)
                    if group.dummy_level:
                        dummy = digit.sum(1) * group.dummy_level
                        value = value - np.clip(np.floor(dummy / step + 0.5), low, high)
                    total[:, out] += group.significance * 2 ** shift * step * value
    return total


def group_offset(arrays):
    """Return whether weights are stored with an offset."""
    return arrays.representation == "shifted_unsigned"


class ConversionTest(unittest.TestCase):
    """D^ of layers against its definition, and gradients against difference quotients."""

    def setUp(self):
        torch.manual_seed(2)

    def plan(self, chip, node, bits, changes=()):
        """Return a LayerPlan with range codes of 8 bits."""
        arrays = ChipArrays.read(chip, ["cim.converter.range_bits=8", *changes])
        return conversions.LayerPlan(arrays, node, *bits)

    def compare(self, plan, shares):
        """Compare D^ for random codes and integers."""
        node = plan.node
        low, high = lsq.weight_bounds(plan.weight_bits)
        integers = torch.randint(low, high + 1, node.weight_shape).float()
        size = 5 if node.op == "conv" else node.kernel
        codes = torch.randint(0, 2 ** plan.code_bits, (2, node.channels_in, size, size)).float()
        mine = conversions.combined(plan.products(codes, integers, torch.float64), shares, plan)
        expected = exact(plan, codes, integers, shares)
        np.testing.assert_allclose(mine.flatten(2).numpy(), expected, rtol=1e-9, atol=1e-6)
        self.assertGreater(len(np.unique(expected)), 2)

    def test_representations_digits_and_parts(self):
        conv = architectures.conv
        for chip, changes, bits in (
                ("adapt256", (), (4, 4)), ("adapt256", (), (5, 4)), ("adapt256", (), (8, 8)),
                ("adapt256", (), (4, 6)),
                ("adapt256", ("cim.cell.representation=twos_complement",
                              "cim.converter.range_shift=0"), (6, 4)),
                ("adapt256", ("cim.cell.representation=shifted_unsigned",
                              "cim.converter.range_shift=0"), (4, 4)),
                ("rram128", (), (4, 3)), ("capram", (), (4, 8))):
            for node in (conv("a", "input", 7, 6), conv("b", "a", 40, 5, stride=2),
                         conv("c", "b", 30, 6, kernel=1),
                         architectures.linear("d", "c", 80, 6, pixels=4)):
                plan = self.plan(chip, node, bits, changes)
                for shape in ((1, 1), (len(plan.parts), 1), (len(plan.parts), node.channels)):
                    if shape[1] > 1 and group_offset(plan.arrays):
                        continue        # refused: the dummy column serves all outputs
                    shares = torch.randint(60, 250, shape) / 256
                    with self.subTest(chip=chip, changes=changes, bits=bits, node=node.name):
                        self.compare(plan, shares)

    def test_many_parts_are_computed_from_their_own_taps(self):
        for node in (architectures.conv("a", "input", 200, 6, stride=2),
                     architectures.conv("b", "input", 512, 4),
                     architectures.linear("c", "a", 100, 3, pixels=4)):
            plan = self.plan("adapt256", node, (4, 4))
            self.assertGreater(len(plan.parts), conversions.MOST_SIDE_BY_SIDE)
            self.compare(plan, torch.randint(8, 200, (len(plan.parts), 1)) / 256)

    def test_gradients_with_the_rounding_errors_held(self):
        node = architectures.conv("a", "input", 60, 3)
        plan = self.plan("adapt256", node, (4, 4), ("cim.converter.bits=4",))
        integers = torch.randint(-7, 8, node.weight_shape).double().requires_grad_()
        codes = torch.randint(0, 16, (2, 60, 4, 4)).double().requires_grad_()
        shares = (torch.rand(len(plan.parts), 3).double() * 0.06 + 0.02).requires_grad_()
        upstream = torch.randn(2, 3, 4, 4).double()
        products = plan.products(codes, integers, torch.float64)
        (conversions.combined(products, shares, plan) * upstream).sum().backward()

        levels = []

        def held(share, sums):
            """Return the loss; the first call keeps the rounding errors."""
            total = 0.0
            for number, block in enumerate(plan.blocks):
                part = sums[:, block.first:block.first + block.channels]
                whole = plan.full_scale(block, 0) / 2 ** 6
                step = (share[block.part] * whole).clamp(min=1.0).reshape(1, -1, 1, 1)
                if len(levels) <= number:
                    ratio = part / step
                    levels.append((torch.floor(ratio + 0.5) - ratio, (ratio > -8) & (ratio < 7),
                                   ratio.clamp(-8, 7)))
                held_error, inside, bound = levels[number]
                level = torch.where(inside, part / step + held_error, bound)
                total = total + (level * step * upstream).sum()
            return total

        base = products.detach()
        held(shares.detach(), base)
        for index in ((0, 0), (0, 2), (2, 1)):
            small = torch.zeros_like(shares)
            small[index] = 1e-8
            quotient = (held(shares.detach() + small, base)
                        - held(shares.detach() - small, base)).item() / 2e-8
            self.assertAlmostEqual(shares.grad[index].item() / quotient, 1, delta=2e-3)
        for tensor, index in ((integers, (1, 33, 2, 0)), (codes, (1, 5, 2, 2))):
            moved = []
            for sign in (1, -1):
                other = tensor.detach().clone()
                other[index] += sign * 1e-6
                pair = (other, integers.detach()) if tensor is codes else (codes.detach(), other)
                moved.append(held(shares.detach(), plan.products(*pair, torch.float64)).item())
            quotient = (moved[0] - moved[1]) / 2e-6
            self.assertAlmostEqual(tensor.grad[index].item(), quotient, delta=1e-3)

    def test_shares_are_on_the_chips_grid(self):
        arrays = ChipArrays.read("adapt256", ["cim.converter.range_bits=8"])
        logs = torch.tensor([[-9.0], [-1.0], [0.3]], requires_grad=True)
        shares = conversions.snapped_shares(logs, arrays)
        torch.testing.assert_close(shares[:, 0] * 256, torch.tensor([1.0, 94.0, 256.0]))
        fixed = ChipArrays.read("adapt256", ["cim.converter.range_bits=0"])
        torch.testing.assert_close(conversions.snapped_shares(logs, fixed), torch.ones(3, 1))

    def test_errors_have_the_stated_deviations(self):
        node = architectures.conv("a", "input", 16, 400)
        plan = self.plan("adapt256", node, (4, 4), ("cim.converter.bits=12",
                                                    "cim.converter.range_shift=0"))
        errors = conversions.Errors(0.002, 0.003, 0.0, torch.randn_like, torch.randn)
        value = conversions.combined(torch.zeros(40, 400, 6, 6), torch.ones(1, 1), plan, errors)
        full = plan.full_scale(plan.blocks[0], 0)
        means = value.mean((2, 3))
        rounding = full / 2 ** 12 / math.sqrt(12)
        self.assertAlmostEqual(means.std().item() / full, math.hypot(0.003, 0.002 / 6), delta=1e-4)
        self.assertAlmostEqual((value - means[:, :, None, None]).std().item(),
                               math.hypot(0.002 * full, rounding) * math.sqrt(35 / 36),
                               delta=0.01 * 0.002 * full)


if __name__ == "__main__":
    unittest.main()
