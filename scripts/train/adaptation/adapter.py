"""One adaptation from the user's network to the exported one: what scripts/train/adapt.py does."""
import csv
import math
import tempfile
from dataclasses import replace
from pathlib import Path

import torch

import data
from adaptation.arrays import ChipArrays
from adaptation.channels import Structure
from adaptation.chip_measure import Chip, find_leyden
from adaptation.errors import AdaptationError
from adaptation.export_arrays import export_arrays
from adaptation.float_export import export_float
from adaptation.float_trainer import CURVE_FIELDS, HELD_OUT, Images, accuracy
from adaptation.initial import SHIFT, data_format
from adaptation.layer_cost import ArrayCost, layer_positions
from adaptation.layer_table import layer_rows, printed, write_rows
from adaptation.morph import Morpher, MorphOptions
from adaptation.onnx_nodes import load_network, restore_norms
from adaptation.pages import write_card, write_page
from adaptation.quantised_trainer import QuantisedOptions, train_quantised
from adaptation.surgery import network_of
from adaptation.widths import Budget, check_budgets
from chip_network import ChipNetwork
from graph_trainer import read_checkpoint
from networks import Recipe
from pictures import write_curve_picture

NORM_IMAGES = 1000              # of which restored normalisations take their statistics
# Options that may differ where a training is resumed.
ANY_TIME = ("data", "out", "resume", "threads", "device", "leyden", "chip_images", "fidelity",
            "activation_bits", "stage", "quantise_epochs", "first_bits", "granularity", "noise")
MOST_CHANNELS = 65536           # that a user can ask for
AIM_UTILISATION = 0.9           # of the tiles' cells; the page tells when it is missed


def streamed_layers(compiled):
    """Return how many layers' tiles are loaded for every image."""
    return sum("loaded for every image" in note for note in compiled["notes"])


def asked_channels(words):
    """Return {layer: channels} of words LAYER=N; AdaptationError for others."""
    made = {}
    for word in words:
        name, equals, number = word.rpartition("=")
        if not (name and equals and number.isdecimal() and 1 <= int(number) <= MOST_CHANNELS):
            raise AdaptationError(f"--channels {word}: LAYER=N is needed, a layer's name and 1 to "
                                  f"{MOST_CHANNELS} channels.")
        if made.setdefault(name, int(number)) != int(number):
            raise AdaptationError(f"--channels {word}: {made[name]} are asked for {name} too; one "
                                  "number would be right.")
    return made


def command(options):
    """Return the command line that gives the same again, folders by their role."""
    words = ["scripts/train/adapt.py", "--chip", Path(options.chip).name, "--network",
             Path(options.network).name, "--data", "DIR", "--out", "OUT"]
    for key, value in vars(options).items():
        name = "--lambda" if key == "shrink_lambda" else "--" + key.replace("_", "-")
        if key in ("chip", "network", "data", "out", "resume", "leyden", "threads", "device") or \
                value is None or value is False:
            continue
        for item in value if isinstance(value, list) else [value]:
            words += [name] if item is True else [name, str(item)]
    return " ".join(words)


class Adapter:
    """options: of adapt.py; say(text): shows progress."""

    def __init__(self, options, say):
        self.options, self.say = options, say
        self.notes = []             # what could not be done, for the user
        self.morpher = None
        self.morphs, self.quantises = options.stage != "quantise", options.stage != "morph"
        self.quantised = None       # QuantisedResult of the second stage
        self.arrays = ChipArrays.read(options.chip, options.set)
        bits = 4 if self.quantises else 8
        for key, most in (("weight_bits", self.arrays.weight_bits), ("activation_bits", bits)):
            if getattr(options, key) is None:
                setattr(options, key, min(bits, most))
        if options.weight_bits > self.arrays.weight_bits:
            raise AdaptationError(f"--weight-bits is {options.weight_bits}; chip "
                                  f"{self.arrays.name} has cim.weight_bits {self.arrays.weight_bits} at most.")
        self.channels = asked_channels(options.channels)
        self.array_cost = None      # ArrayCost, once the size of the images is known
        self.format = data_format(options.data)
        self.checkpoint = options.out / "checkpoint.pt"
        leyden = find_leyden(options.leyden)
        self.chip = leyden and Chip(leyden, options.chip, options.set, options.data)

    def stop(self):
        """End after the step under way; in the second stage now, its last epoch is kept."""
        if self.morpher is None or self.morpher.place.phase == len(self.morpher.phases):
            raise KeyboardInterrupt
        self.morpher.stopped = True

    def read(self):
        """Read images and network; return (nodes, state) in floats, normalisations restored."""
        options = self.options
        train = data.load(self.format, options.data, "train")
        test = data.load(self.format, options.data, "test")
        imported = load_network(options.network, train[0].shape[1:])
        if imported.shape != train[0].shape[1:]:
            raise AdaptationError(
                f"{options.network}: the network takes images of "
                f"{' x '.join(map(str, imported.shape))}, and those in {options.data} have "
                f"{' x '.join(map(str, train[0].shape[1:]))}.")
        self.array_cost = ArrayCost(self.arrays, options.weight_bits,
                                    layer_positions(imported.nodes, *imported.shape[1:]))
        classes, last = int(train[1].max()) + 1, imported.nodes[-1]
        if last.channels and last.channels < classes:
            raise AdaptationError(f"{options.network}: the network has {last.channels} outputs, "
                                  f"and the images have {classes} classes.")
        self.notes += imported.notes
        cifar = self.format == "cifar10"
        shift = options.shift if options.shift is not None else SHIFT * cifar
        flip = options.flip == "on" if options.flip else cifar
        channels, height, width = imported.shape
        self.recipe = Recipe(
            options.out.resolve().name, self.format, "cifar10" if cifar else "mnist",
            f"adapted to the arrays of {self.arrays.name}", shift=shift, flip=flip, height=height,
            width=width, channels=channels, nodes=imported.nodes)
        self.images = Images.split(*train, self.recipe, options.seed, options.device,
                                   options.images)
        self.train = train
        self.test = torch.tensor(test[0]), torch.tensor(test[1]).long()
        network = network_of(imported.nodes, imported.state)
        if imported.bare:
            restore_norms(network, imported.bare, self.images.train[:NORM_IMAGES].cpu())
        return imported.nodes, network.state_dict()

    def goals(self, nodes):
        """Return the Budgets of the last round."""
        options, first = self.options, self.array_cost.total(nodes)
        made = []
        compression = options.compression
        if compression is None and not (options.tiles or options.load_cycles or options.mvms or
                                        options.resident):
            compression = 0.5
        if compression is not None:
            made.append(Budget("weights", first.weights * (1 - compression)))
        for resource in ("tiles", "load_cycles", "mvms"):
            most = getattr(options, resource)
            if most:
                made.append(Budget(resource, most * getattr(first, resource) if most < 1 else most))
        if options.resident:
            made.append(Budget("cells", self.arrays.cells))
        check_budgets(nodes, self.array_cost, made,
                      Structure(nodes).asked_widths(self.channels))
        return tuple(made)

    def run(self):
        """Do all; return whether the end was reached."""
        options = self.options
        nodes, state = self.read()
        options.out.mkdir(parents=True, exist_ok=True)
        morph_options = MorphOptions(
            self.goals(nodes) if self.morphs else (), options.rounds if self.morphs else 0,
            options.shrink_epochs, options.epochs, options.last_epochs, options.shrink_rate,
            options.rate, options.shrink_lambda, options.importance, options.distil,
            tuple(self.channels.items()), options.seed)
        identity = {"lambda" if key == "shrink_lambda" else key.replace("_", "-"): value
                    for key, value in vars(options).items()
                    if key not in ANY_TIME}
        self.morpher = Morpher(nodes, state, self.array_cost, self.images, morph_options, identity,
                               options.device, self.resident if options.resident else None)
        if options.resume:
            self.morpher.restore(read_checkpoint(self.checkpoint), self.checkpoint)
        first = self.morpher.first_cost
        self.say(f"network: {first.weights:,} weights in {first.tiles} tiles, "
                 f"{100 * first.utilisation:.1f} % of their cells used; held-out accuracy "
                 f"{self.morpher.first_accuracy:.2f} %")
        if not self.morpher.run(self.progress, self.save):
            return False
        adapted = {key: value.detach().cpu() for key, value in
                   self.morpher.network.state_dict().items()}
        self.recipe = replace(self.recipe, nodes=self.morpher.nodes)
        if self.quantises:
            self.quantise(adapted)
        self.finish(nodes, state, adapted)
        return True

    def quantise(self, state):
        """Train the adapted network for the converters of the chip."""
        options, folder = self.options, self.options.out / "quantised"
        self.say(f"training for {options.weight_bits} b weights, {options.activation_bits} b "
                 f"codes, {self.arrays.converter_bits} b converters")
        self.quantised = train_quantised(
            self.morpher.nodes, state, self.arrays, QuantisedOptions(
                self.recipe, folder, options.weight_bits, options.activation_bits,
                self.arrays.converter_bits, options.first_bits, options.granularity,
                epochs=options.quantise_epochs, noise=options.noise, seed=options.seed,
                device=options.device,
                resume=options.resume and (folder / "checkpoint.pt").is_file()),
            lambda _, row: self.say(
                "converters, epoch {epoch}: loss {loss:.4f}, {weight_bits}/{activation_bits}/"
                "{converter_bits} b, held-out accuracy {accuracy:.2f} %, with errors "
                "{accuracy_noisy:.2f} %, {seconds:.0f} s".format(**row)),
            self.limited())

    def limited(self):
        """Return the images of the second stage: all, or as many as --images lets.

        They lie so that its split by the seed holds out images that the first stage held out too.
        """
        if self.options.images is None:
            return self.train
        images = self.images
        count = len(images.train) + min(len(images.held), len(images.train) // 9)
        held = min(HELD_OUT, count // 10)
        order = torch.randperm(count, generator=torch.Generator().manual_seed(self.options.seed))
        made = []
        for kept, trained in ((images.held, images.train), (images.held_labels, images.labels)):
            both = torch.cat((kept[:held], trained[:count - held])).cpu()
            made.append(torch.empty_like(both))
            made[-1][order] = both
        return made

    def resident(self, nodes):
        """Return whether the compiler keeps all weights of these nodes in the macros."""
        if not self.chip:
            return True
        with tempfile.TemporaryDirectory() as folder:
            export_float(replace(self.recipe, nodes=nodes), nodes, ChipNetwork(nodes).state_dict(),
                         Path(folder), self.options.weight_bits, self.options.activation_bits)
            return not streamed_layers(self.chip.compile(folder))

    def progress(self, row):
        """Tell of an epoch."""
        cost = self.array_cost.total(self.morpher.nodes)
        self.say("round {round}, {phase}, epoch {epoch}: loss {loss:.4f}, held-out accuracy "
                 "{accuracy:.2f} %, {seconds:.0f} s".format(**row)
                 + f" ({cost.weights:,} weights)")

    def save(self):
        """Write the checkpoint and the curve."""
        part = self.checkpoint.with_suffix(".part")
        torch.save(self.morpher.state(), part)
        part.replace(self.checkpoint)
        with open(self.options.out / "curve.csv", "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, CURVE_FIELDS)
            writer.writeheader()
            writer.writerows(self.morpher.curve)

    def finish(self, nodes, state, adapted):
        """Export, measure and write what a person reads."""
        options, morpher = self.options, self.morpher
        export_float(replace(self.recipe, nodes=nodes), nodes, state, options.out / "before",
                     options.weight_bits, options.activation_bits)
        if self.quantised:
            export_arrays(self.recipe, self.quantised.network.cpu(), options.out)
        else:
            export_float(self.recipe, morpher.nodes, adapted, options.out, options.weight_bits,
                         options.activation_bits)
        rows = layer_rows(nodes, morpher.nodes, self.array_cost)
        for line in printed(rows):
            self.say(line)
        result = {
            "name": self.recipe.name, "command": command(options),
            "network": Path(options.network).name, "chip": self.arrays.name, "changes": options.set,
            "weight_bits": options.weight_bits, "activation_bits": options.activation_bits,
            "goals": {goal.resource: goal.most for goal in morpher.options.goals},
            "images": {"train": len(self.images.train), "held_out": len(self.images.held),
                       "test": len(self.test[0])},
            "rounds": [vars(item) for item in morpher.rounds],
            "float": {"held_out_before": morpher.first_accuracy,
                      "held_out_after": accuracy(morpher.network, self.images.held,
                                                 self.images.held_labels),
                      "test_before": self.test_accuracy(network_of(nodes, state)),
                      "test_after": self.test_accuracy(morpher.network)},
            "quantised": self.quantised and {
                "held_out": self.quantised.accuracy,
                "held_out_noisy": self.quantised.accuracy_noisy,
                "converter_bits": self.arrays.converter_bits, "epochs": len(self.quantised.curve)},
            "chip_runs": self.on_chip(rows)}
        self.judge(rows, result)
        result["notes"] = self.notes
        write_rows(rows, options.out, result)
        self.write_pictures()
        write_card(options.out, result, rows, morpher.curve)
        write_page(options.out, result, rows, morpher.curve)
        self.summary(result)

    def test_accuracy(self, network):
        """Return the float accuracy on the test images."""
        return accuracy(network.to(self.options.device), self.test[0].to(self.options.device),
                        self.test[1].to(self.options.device))

    def on_chip(self, rows):
        """Return what the chip says of both networks; a note where it cannot be asked."""
        options, chip = self.options, self.chip
        if not chip:
            self.notes.append("the program leyden was not found, so nothing was measured on the "
                              "chip; give it with --leyden")
            return {}
        made = {}
        for when, folder in (("before", options.out / "before"), ("after", options.out)):
            try:
                compiled = chip.compile(folder)
                made[f"compiled_{when}"] = self.compared(compiled, rows, when)
                if options.chip_images:
                    self.say(f"running {options.chip_images} test images on {self.arrays.name}, "
                             f"{when} ...")
                    measured = vars(chip.run(folder, options.chip_images, options.fidelity))
                    measured.pop("layers")
                    made[when] = measured
            except AdaptationError as error:
                self.notes.append(f"the network {when} was not measured on the chip: {error}")
        return made

    def compared(self, compiled, rows, when):
        """Return the compiler's totals; a note where they are not those of the table."""
        layers = {layer["name"]: layer for layer in compiled["layers"]}
        streamed = streamed_layers(compiled)
        if when == "after":
            if self.options.resident and streamed:
                self.notes.append(f"the tiles of {streamed} layers are loaded for every image: "
                                  "they do not fit beside each other in the macros")
            for row in rows[:-1]:
                layer = layers.get(row["layer"])
                if layer is None:
                    self.notes.append(f"layer {row['layer']}: the compiler does not put it on a "
                                      "macro")
        return {"tiles": sum(layer["tiles"] for layer in compiled["layers"]),
                "cycles": compiled["cost"]["cycles"],
                "energy_uj": compiled["cost"]["energy_pj"] / 1e6,
                "streamed_layers": streamed}

    def judge(self, rows, result):
        """Add a note for every goal that was missed."""
        total = rows[-1]
        if total["utilisation_after"] < AIM_UTILISATION:
            worst = sorted(rows[:-1], key=lambda row: row["utilisation_after"])[:3]
            names = ", ".join("{layer} ({share:.0f} %)".format(
                layer=row["layer"], share=100 * row["utilisation_after"]) for row in worst)
            self.notes.append(f"{100 * total['utilisation_after']:.1f} % of the tiles' cells hold "
                              f"a weight, below {100 * AIM_UTILISATION:.0f} %; the least: {names}")
        cost = self.array_cost.total(self.morpher.nodes)
        for goal in self.morpher.options.goals:
            if not goal.met(cost):
                self.notes.append(f"the goal of {goal.most:.0f} {goal.resource} was missed")
        run = result["chip_runs"].get("after")
        if run and run["accuracy"] < result["float"]["test_after"] - 5:
            self.notes.append(
                f"on the chip {run['accuracy']:.1f} % of {run['images']} images are right, in "
                f"floats {result['float']['test_after']:.1f} % of all" + (
                    "; train for longer (--quantise-epochs)" if self.quantised else
                    ": this stage does not train for the converters"))
        lost = result["float"]["test_before"] - result["float"]["test_after"]
        if lost > 1:
            self.notes.append(f"{lost:.2f} points of accuracy on the test images are lost, more "
                              "than 1; train for longer (--last-epochs, --rounds) or remove less")

    def write_pictures(self):
        """Draw the learning curve."""
        phases, curve = [], self.morpher.curve
        for row in curve:
            name = f"{row['phase']} {row['round']}"
            if not phases or phases[-1][0] != name:
                phases.append((name, []))
            phases[-1][1].append({**row, "accuracy_noisy": math.nan,
                                  "epoch": len(phases[-1][1]) + 1})
        write_curve_picture(self.options.out / "curve.svg", self.recipe.name, phases,
                            "held-out")

    def summary(self, result):
        """Tell the end in a few lines."""
        numbers = result["float"]
        self.say(f"float accuracy on {result['images']['test']:,} test images: "
                 f"{numbers['test_before']:.2f} % -> {numbers['test_after']:.2f} %")
        for when in ("before", "after"):
            run = result["chip_runs"].get(when)
            if run:
                self.say(f"on {result['chip']}, {when}: {run['accuracy']:.2f} % of {run['images']} "
                         f"images, {run['cycles']:,.0f} cycles ({run['load_cycles']:,.0f} loading "
                         f"weights), {run['energy_uj']:.2f} uJ an image")
        for note in self.notes:
            self.say(f"not done: {note}")
        self.say(f"written: {self.options.out}")
