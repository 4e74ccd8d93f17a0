"""Tests of the morphing: costs against the compiler, channels out and in, choice of widths."""
import itertools
import json
import os
import random
import subprocess
import sys
import tempfile
import unittest
from dataclasses import replace
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts" / "train"))

import adapt_support  # noqa: E402
import architectures  # noqa: E402
from adaptation.arrays import ChipArrays  # noqa: E402
from adaptation.channels import Structure  # noqa: E402
from adaptation.errors import AdaptationError  # noqa: E402
from adaptation.float_export import export_float  # noqa: E402
from adaptation.float_trainer import Images, accuracy, batch_loss  # noqa: E402
from adaptation.importance import (ShrinkLoss, gradient_importance,  # noqa: E402
                                   scale_importance)
from adaptation.layer_cost import ArrayCost, Cost, layer_positions  # noqa: E402
from adaptation.layer_table import layer_rows  # noqa: E402
from adaptation.morph import Morpher, MorphOptions  # noqa: E402
from adaptation.surgery import (best_channels, network_of, tensor_means,  # noqa: E402
                                with_channels, without_channels)
from adaptation.widths import Budget, WidthChooser  # noqa: E402
from chip_network import ChipNetwork  # noqa: E402
from networks import Recipe  # noqa: E402

LEYDEN = Path(os.environ["LEYDEN_BINARY_DIR"]) / "bin/leyden"
RECIPE = Recipe("small", "cifar10", "cifar10", "a test", height=32, width=32, channels=3)

torch.set_num_threads(1)
conv, linear, Node = architectures.conv, architectures.linear, architectures.Node


def network_nodes(a=8, b=10, c=12, hidden=20):
    """Return nodes with a residual sum, a depthwise layer, pooling and a matrix over pixels."""
    return (conv("first", "input", 3, a), Node("max_pool", "pool", ("first",), relu=True),
            conv("left", "pool", a, b), conv("left2", "left", b, a, relu=False),
            Node("add", "sum", ("left2", "pool"), relu=True),
            conv("dw", "sum", a, a, groups=a), conv("pw", "dw", a, c, kernel=1),
            Node("max_pool", "pool2", ("pw",), relu=True),
            Node("max_pool", "pool3", ("pool2",), relu=True),
            linear("fc", "pool3", c, hidden, pixels=4, relu=True), linear("out", "fc", hidden, 10))


def random_network(nodes, seed=1):
    """Return a ChipNetwork whose normalisations are not trivial."""
    torch.manual_seed(seed)
    network = ChipNetwork(nodes)
    with torch.no_grad():
        for norm in network.norms.values():
            norm.weight.uniform_(0.5, 1.5)
            norm.bias.uniform_(-0.5, 0.5)
            norm.running_mean.uniform_(-0.5, 0.5)
            norm.running_var.uniform_(0.5, 2)
    return network.eval()


class StructureTest(unittest.TestCase):
    """Which channels belong together."""

    def test_spaces(self):
        structure = Structure(network_nodes())
        self.assertEqual([(space.name, space.channels) for space in structure.free()],
                         [("first", 8), ("left", 10), ("pw", 12), ("fc", 20)])
        first = structure.spaces["first"]
        self.assertEqual(sorted(first.writers), ["dw", "first", "left2"])
        self.assertEqual(sorted(first.readers), ["dw", "left", "pw"])
        grouped = Structure((conv("a", "input", 3, 8), conv("b", "a", 8, 8, groups=2),
                             conv("c", "b", 8, 6), linear("d", "c", 6, 10)))
        self.assertEqual([space.name for space in grouped.free()], ["c"])

    def test_asked_channels_are_those_of_a_space(self):
        structure = Structure(network_nodes())
        self.assertEqual(structure.asked_widths({"left2": 6, "dw": 6, "fc": 30}),
                         {"first": 6, "fc": 30})
        for asked, sentence in (
                ({"out": 4}, "--channels out=4: the network has no layer out whose channels can "
                 "change; those that can are first, left, left2, dw, pw, fc."),
                ({"first": 6, "dw": 7}, "--channels dw=7: the layer adds to the same sum as first, "
                 "for which 6 are asked; one number for both would be right.")):
            with self.assertRaises(AdaptationError) as caught:
                structure.asked_widths(asked)
            self.assertEqual(str(caught.exception), sentence)

    def test_resized_nodes_are_those_of_the_widths(self):
        widths = {**Structure(network_nodes()).widths(), "first": 5, "left": 4, "pw": 9, "fc": 7}
        self.assertEqual(Structure(network_nodes()).resized(widths), network_nodes(5, 4, 9, 7))


class SurgeryTest(unittest.TestCase):
    """Functions stay where channels without effect go or come."""

    def setUp(self):
        images, _ = adapt_support.patterns(60, 3)
        self.codes = torch.tensor(images).float()
        self.network = random_network(network_nodes())
        self.state = self.network.state_dict()

    def outputs(self, nodes, state):
        """Return the outputs of a network for the images."""
        with torch.no_grad():
            return network_of(nodes, state).eval()(self.codes)

    def kill(self, space, channels):
        """Set scales and offsets of channels to zero in all layers that write a space."""
        with torch.no_grad():
            for name in Structure(self.network.nodes).spaces[space].writers:
                self.network.norms[name].weight[channels] = 0
                self.network.norms[name].bias[channels] = 0

    def test_removal_of_channels_with_zero_scale_changes_nothing(self):
        dead = {"first": [0, 3], "left": [9], "pw": [1, 2, 11], "fc": [0, 5]}
        for space, channels in dead.items():
            self.kill(space, channels)
        expected = self.outputs(self.network.nodes, self.state)
        values = scale_importance(self.network)
        kept = {space: best_channels(values[space], len(values[space]) - len(channels))
                for space, channels in dead.items()}
        for space, channels in dead.items():
            self.assertEqual(sorted({*range(len(values[space]))} - {*kept[space].tolist()}),
                             channels)
        means = tensor_means(self.network, [self.codes])
        for given in (None, means):
            nodes, state = without_channels(self.network.nodes, self.state, kept, given)
            self.assertEqual(nodes, network_nodes(6, 9, 9, 18))
            torch.testing.assert_close(self.outputs(nodes, state), expected, rtol=1e-4, atol=1e-5)

    def test_a_constant_channel_is_taken_over_by_the_next_layers(self):
        nodes = (conv("a", "input", 3, 6), Node("mean", "m", ("a",), relu=True),
                 linear("b", "m", 6, 7, relu=True), linear("c", "b", 7, 10))
        self.network = random_network(nodes)
        with torch.no_grad():
            for name in ("a", "b"):
                self.network.norms[name].weight[2] = 0
                self.network.norms[name].bias[2] = 0.7
        state = self.network.state_dict()
        expected = self.outputs(nodes, state)
        kept = {name: torch.tensor([item for item in range(count) if item != 2])
                for name, count in (("a", 6), ("b", 7))}
        smaller = without_channels(nodes, state, kept, tensor_means(self.network, [self.codes]))
        torch.testing.assert_close(self.outputs(*smaller), expected, rtol=1e-4, atol=1e-5)
        lost = without_channels(nodes, state, kept)
        self.assertGreater((self.outputs(*lost) - expected).abs().max().item(), 1e-2)

    def test_expansion_changes_nothing_and_its_channels_learn(self):
        expected = self.outputs(self.network.nodes, self.state)
        widths = {**Structure(self.network.nodes).widths(), "first": 11, "left": 12, "pw": 17,
                  "fc": 33}
        nodes, state = with_channels(self.network.nodes, self.state, widths,
                                     torch.Generator().manual_seed(1))
        self.assertEqual(nodes, network_nodes(11, 12, 17, 33))
        torch.testing.assert_close(self.outputs(nodes, state), expected, rtol=1e-4, atol=1e-5)
        network = network_of(nodes, state)
        optimiser = torch.optim.SGD(network.parameters(), lr=0.05)
        for _ in range(2):      # the first step moves the weights that read the new channels
            optimiser.zero_grad()
            network(self.codes).pow(2).sum().backward()
            optimiser.step()
        for name, old in (("first", 8), ("left", 10), ("pw", 12), ("fc", 20)):
            gradient = network.weights[name].grad.flatten(1).abs().amax(1)
            self.assertGreater((gradient[old:] > 0).float().mean().item(), 0.5, name)


class ImportanceTest(unittest.TestCase):
    """What channels matter and cost."""

    def test_gradient_importance_is_what_the_loss_changes_by(self):
        images, labels = adapt_support.patterns(300, 3)
        data = Images.split(images, labels, RECIPE, 1, "cpu")
        network = random_network(network_nodes()).double()
        x, y = data.train[:100].double(), data.labels[:100]

        def loss():
            return torch.nn.functional.cross_entropy(network(x), y)

        found = gradient_importance(network, (loss() for _ in range(1)))
        self.assertEqual({name: len(value) for name, value in found.items()},
                         {"first": 8, "left": 10, "pw": 12, "fc": 20})
        # The derivative in the direction of removal, by central differences.
        structure, step = Structure(network.nodes), 1e-5
        for space, value in found.items():
            channel = int(value.argmax())
            self.assertGreater(value[channel].item(), 0, space)
            losses = []
            for factor in (1 + step, 1 - step):
                state = {key: value.clone() for key, value in network.state_dict().items()}
                with torch.no_grad():
                    for name in structure.spaces[space].writers:
                        if name != "dw":
                            network.norms[name].weight[channel] *= factor
                            network.norms[name].bias[channel] *= factor
                    losses.append(loss().item())
                network.load_state_dict(state)
            change = (losses[0] - losses[1]) / (2 * step)
            self.assertAlmostEqual(change ** 2 / value[channel].item(), 1, delta=1e-3)

    def test_shrinking_loss_weighs_a_scale_with_what_its_channel_takes(self):
        nodes = (conv("a", "input", 4, 8), conv("b", "a", 8, 16), linear("c", "b", 16, 10))
        arrays = ChipArrays.read("adapt256")
        loss = ShrinkLoss(nodes, ArrayCost(arrays, 8))
        # adapt256 at 8 b: four columns a weight, units of 32 rows, a row written in 4 cycles.
        cells = {"a": 64 * 8 * 4, "b": 96 * 16 * 4, "c": 32 * 10 * 4}
        cycles = {"a": 36 * 4, "b": 72 * 4, "c": 16 * 4}
        share = {name: cells[name] / sum(cells.values()) + cycles[name] / sum(cycles.values())
                 for name in cells}
        expected = {"a": share["a"] / 8 + share["b"] / 8, "b": share["b"] / 16 + share["c"] / 16}
        mean = (8 * expected["a"] + 16 * expected["b"]) / 24
        self.assertEqual(sorted(loss.factors), ["a", "b"])
        for name, value in expected.items():
            self.assertAlmostEqual(loss.factors[name], value / mean)
        network = ChipNetwork(nodes)
        with torch.no_grad():
            network.norms["a"].weight.fill_(-2.0)
            network.norms["b"].weight.fill_(0.5)
        self.assertAlmostEqual(loss(network).item(),
                               (8 * 2 * expected["a"] + 16 * 0.5 * expected["b"]) / mean, places=4)


class CostTest(unittest.TestCase):
    """Tiles, cells and loading, against the tiles one by one and against the compiler."""

    def test_closed_form_is_the_sum_over_tiles(self):
        draw = random.Random(3)
        for chip in ("adapt256", "imagine", "capram", "rram128"):
            arrays = ChipArrays.read(chip)
            for bits in (4, 8):
                if bits > arrays.weight_bits:
                    continue
                cost = ArrayCost(arrays, bits)
                for _ in range(60):
                    node = conv("a", "input", draw.randint(1, 200), draw.randint(1, 300),
                                kernel=draw.choice((1, 3, 5)))
                    tiles = arrays.tiles(node, bits)
                    width = arrays.columns_per_weight(bits)
                    self.assertEqual(cost.of(node), Cost(
                        node.rows * node.channels, node.rows * node.channels * width,
                        sum(tile.line_rows * tile.columns for tile in tiles), len(tiles),
                        sum(arrays.load_cycles(tile) for tile in tiles), len(tiles)),
                        (chip, bits, node))

    def test_figures_are_the_compilers(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            data = adapt_support.write_cifar(folder / "data", 300, 20)
            for number, sizes in enumerate(((28, 33, 40, 70), (7, 14, 66, 29))):
                self.compare(folder, data, network_nodes(*sizes), number)

    def compare(self, folder, data, nodes, number):
        """Compare rows of the report with the compiler's and with what a run writes."""
        recipe = replace(RECIPE, nodes=nodes)
        export_float(recipe, nodes, random_network(nodes).state_dict(), folder / "net", 8, 8)
        common = ["--chip", "adapt256", "--network", folder / "net/network.yaml", "--objective",
                  "none", "--quiet"]
        compiled = json.loads(subprocess.run(
            [LEYDEN, "compile", *common, "--calibrate", data, "-o", folder / "image", "--json"],
            capture_output=True, text=True, check=True).stdout)
        layers = {layer["name"]: layer for layer in compiled["layers"]}
        arrays = ChipArrays.read("adapt256")
        positions = layer_positions(nodes, 32, 32)
        rows = layer_rows(nodes, nodes, ArrayCost(arrays, 8, positions))[:-1]
        self.assertEqual([row["layer"] for row in rows],
                         [node.name for node in nodes if node.weighted])
        for row in rows:
            layer = layers[row["layer"]]
            self.assertEqual(layer["kind"], "macro")
            self.assertEqual(row["tiles_after"], layer["tiles"], row["layer"])
            self.assertAlmostEqual(row["utilisation_after"], layer["array_utilisation"], places=5,
                                   msg=row["layer"])
            node = next(node for node in nodes if node.name == row["layer"])
            self.assertAlmostEqual(ArrayCost(arrays, 8).of(node).cells / arrays.cells,
                                   layer["array_share"], places=6, msg=row["layer"])
        if number:
            return
        subprocess.run([LEYDEN, "run", *common, "--data", data, "--images", "1", "--fidelity",
                        "quantised", "--report", folder / "run"], check=True,
                       capture_output=True)
        report = json.loads((folder / "run/report.json").read_text())
        run_layers = {layer["name"]: layer for layer in report["layers"]}
        for row in rows:
            self.assertEqual(row["mvms_after"], run_layers[row["layer"]]["mvms"], row["layer"])
        streamed = {note.split("'")[1] for note in compiled["notes"] if "every image" in note}
        self.assertGreater(len(streamed), 1)
        written = report["total"]["event_counts_sum"]["cim0.weights.row_write"]
        loaded = [row for row in rows if row["layer"] in streamed]
        once = sum(row["load_cycles_after"] for row in loaded) // arrays.row_cycles
        # A row in which a burst of 256 bytes ends, or 4096 of source or target, has two pieces.
        windows = report["total"]["bytes_moved"]["weight_window"]
        tiles = sum(row["tiles_after"] for row in loaded)
        pieces = windows // 256 + 2 * (windows // 4096) + 2 * tiles
        self.assertGreaterEqual(written, once)
        self.assertLessEqual(written, once + pieces)
        self.assertLess(pieces, 0.35 * once)


class WidthsTest(unittest.TestCase):
    """The choice of widths under a budget."""

    def chooser(self, nodes, seed, bits=8, fixed=None, **changes):
        """Return a WidthChooser with random importances."""
        arrays = replace(ChipArrays.read("adapt256"), **changes)
        structure = Structure(nodes)
        torch.manual_seed(seed)
        values = {space.name: torch.rand(space.channels) for space in structure.free()}
        cost = ArrayCost(arrays, bits, layer_positions(nodes, 32, 32))
        return WidthChooser(structure, cost, values, least=1, fixed=fixed)

    def test_no_choice_of_channels_is_better(self):
        """All widths of tiny networks are tried, on an array of 16 x 16 in units of 4 rows."""
        self.assertEqual(sum(self.is_best(seed) for seed in range(12)), 12)

    def test_with_settled_channels_no_choice_of_the_others_is_better(self):
        """Fewer or more than there were, of a space in the middle or of the last one."""
        settled = [{"b": 2}, {"b": 8}, {"c": 3}, {"a": 5, "c": 1}]
        self.assertEqual(sum(self.is_best(seed, settled[seed % 4]) for seed in range(12)), 12)

    def is_best(self, seed, fixed=None):
        """Return whether the widths chosen for a tiny network score as the best of all, not above.

        Where no widths keep the budget, whether that is refused.
        """
        fixed = fixed or {}
        nodes = (conv("a", "input", 1, 5, kernel=1), conv("b", "a", 5, 6, kernel=1),
                 conv("c", "b", 6, 4, kernel=1), linear("d", "c", 4, 3))
        chooser = self.chooser(nodes, seed, 4, fixed, rows=16, columns=16, rows_per_unit=4)
        budget = Budget(("weights", "cells", "load_cycles")[seed % 3], 0)
        start = getattr(chooser.start, budget.resource)
        budget = replace(budget, most=0.55 * start)
        scores = [chooser.score(widths) for widths in (
            {**chooser.first, "a": a, "b": b, "c": c, **fixed}
            for a, b, c in itertools.product(range(1, 6), range(1, 7), range(1, 5)))
            if budget.met(chooser.cost(widths))]
        if not scores:
            self.assertRaises(AdaptationError, chooser.shrink, budget)
            return True
        best = max(scores)
        chosen = chooser.shrink(budget)
        self.assertTrue(budget.met(chooser.cost(chosen)))
        self.assertLessEqual(chooser.score(chosen), best * (1 + 1e-9))
        self.assertEqual({name: chosen[name] for name in fixed}, fixed)
        return chooser.score(chosen) >= best * (1 - 1e-9)

    def test_removal_frees_units_and_expansion_fills_them(self):
        nodes = architectures.resnet(20)
        for share in (0.5, 0.25):
            chooser = self.chooser(nodes, 1)
            budget = Budget("weights", share * chooser.start.weights)
            shrunk = chooser.shrink(budget.tightened(0.9), 0.2)
            grown = chooser.expand(shrunk, [budget])
            for widths in (shrunk, grown):
                cost = chooser.cost(widths)
                self.assertTrue(budget.met(cost))
                self.assertGreater(cost.utilisation, 0.95)
            self.assertGreater(chooser.cost(grown).weights, 0.93 * budget.most)
            self.assertTrue(all(grown[name] >= shrunk[name] for name in shrunk))

    def test_dot_products_are_kept_within_their_budget(self):
        """Without the second goal expansion widens early layers beyond a tile."""
        nodes = architectures.resnet(20)
        chooser = self.chooser(nodes, 1, 4)
        weights = Budget("weights", 0.6 * chooser.start.weights)
        mvms = Budget("mvms", 0.95 * chooser.start.mvms)
        free = chooser.expand(chooser.shrink(weights.tightened(0.9), 0.2), [weights])
        self.assertGreater(chooser.cost(free).mvms, mvms.most)
        widths = chooser.shrink(weights.tightened(0.9), 0.2)
        kept = chooser.expand(widths, [weights, mvms])
        self.assertTrue(mvms.met(chooser.cost(kept)))
        self.assertGreater(chooser.cost(kept).weights, 0.85 * weights.most)

    def test_a_budget_that_cannot_be_kept_is_refused(self):
        chooser = self.chooser(network_nodes(), 1)
        with self.assertRaises(AdaptationError) as caught:
            chooser.shrink(Budget("tiles", 2))
        self.assertRegex(str(caught.exception), r"^at most 2 tiles are wanted, and \d+ are left "
                         r"with 2 channels a layer; give a goal that is less strict\.$")


class MorpherTest(unittest.TestCase):
    """A whole morphing of a small network, and its resumption."""

    @classmethod
    def setUpClass(cls):
        images, labels = adapt_support.patterns(1200, 1)
        cls.images = Images.split(images, labels, replace(RECIPE, shift=1), 1, "cpu")
        torch.manual_seed(1)
        network = ChipNetwork(network_nodes())
        optimiser = torch.optim.SGD(network.parameters(), lr=0.05, momentum=0.9)
        for step in range(24):
            chosen = torch.arange(step * 128, step * 128 + 128) % len(cls.images.train)
            loss = batch_loss(network, cls.images, chosen)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        cls.state = network.state_dict()

    def morpher(self, goal=0.4, **more):
        """Return a Morpher of two rounds; more: MorphOptions."""
        cost = ArrayCost(ChipArrays.read("adapt256"), 8)
        nodes = network_nodes()
        goals = (Budget("weights", goal * cost.total(nodes).weights),)
        options = MorphOptions(goals, rounds=2, shrink_epochs=1, tune_epochs=1, last_epochs=2,
                               tune_rate=0.02, **more)
        return Morpher(nodes, self.state, cost, self.images, options, {"seed": 1})

    def test_resumed_in_the_middle_of_an_epoch_it_gives_the_same(self):
        whole = self.morpher()
        self.assertTrue(whole.run())
        cost = whole.array_cost.total(whole.nodes)
        self.assertTrue(whole.options.goals[0].met(cost))
        self.assertGreater(whole.first_accuracy, 80)
        self.assertGreater(accuracy(whole.network, self.images.held, self.images.held_labels),
                           whole.first_accuracy - 10)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "checkpoint.pt"
            stops = 0
            for steps in (3, 6, 5, 9, 4, 1000):
                part = self.morpher()
                if stops:
                    part.restore(torch.load(path), path)
                taken, step = 0, part.train_step

                def counted(*arguments, part=part, steps=steps, step=step):
                    nonlocal taken
                    taken += 1
                    part.stopped = taken >= steps
                    step(*arguments)

                part.train_step = counted
                if part.run(saved=lambda part=part: torch.save(part.state(), path)):
                    break
                stops += 1
        self.assertEqual(stops, 5)
        self.assertEqual(part.nodes, whole.nodes)
        for key, value in whole.network.state_dict().items():
            self.assertTrue(torch.equal(value, part.network.state_dict()[key]), key)
        for mine, theirs in zip(part.curve, whole.curve):
            self.assertEqual({**mine, "seconds": 0}, {**theirs, "seconds": 0})

    def test_settled_channels_are_those_of_the_end(self):
        morpher = self.morpher(channels=(("left2", 5), ("fc", 24)))
        self.assertTrue(morpher.run())
        made = {node.name: node.channels for node in morpher.nodes if node.weighted}
        self.assertEqual([made[name] for name in ("first", "left2", "dw", "fc")], [5, 5, 5, 24])
        self.assertTrue(morpher.options.goals[0].met(morpher.array_cost.total(morpher.nodes)))
        self.assertGreater(accuracy(morpher.network, self.images.held, self.images.held_labels),
                           morpher.first_accuracy - 10)

    def test_another_option_is_refused(self):
        one = self.morpher()
        state = one.state()
        one.identity = {"seed": 2}
        with self.assertRaises(AdaptationError) as caught:
            one.restore(state, "OUT/checkpoint.pt")
        self.assertEqual(str(caught.exception),
                         "OUT/checkpoint.pt: the checkpoint was made with --seed 1 and not 2.")


if __name__ == "__main__":
    unittest.main()
