#!/usr/bin/python3
"""Train a network with the chip's quantisation and noise in the loop and export it.

    scripts/train/train.py --network lenet5-fashion --out DIR

writes network.onnx, network.yaml, card.md, curve.csv and checkpoint.pt into DIR.
"""
import argparse
import csv
import math
import sys
import time
from pathlib import Path

import torch
import torch.nn.functional as F

import data
from augment import augment
from cards import node_card
from evaluate import EvaluationError, measure
from chips import CHIPS
from export import export, write_card
from export_nodes import export_nodes
from graph_trainer import CheckpointError, GraphTrainer
from networks import RECIPES, LeNet5
from parameters import trained_parameters
from pictures import write_curve_picture
from quantise import ChipNoise

BATCH = 128
HELD_OUT = 2000                 # training images kept apart for the learning curve
PEAK_RATE = 5e-2                # of the weights
NORM_RATE_SHARE = 0.1           # rate of gains and offsets, relative to that of the weights
WARM_UP_SHARE = 0.05            # share of the steps in which the learning rate rises
NOISE_RAMP_SHARE = 0.15         # share of the steps in which the noise grows to its full size
FOLD_SHARE = 0.75               # from this share of the epochs on the registers are trained
CURVE_FIELDS = ("epoch", "loss", "accuracy_quantised", "accuracy_noisy", "seconds")


class UsageError(Exception):
    """The command line cannot be followed; the message is one sentence for the user."""


class Trainer:
    """One training: network, optimiser, data and the place in the schedule."""

    def __init__(self, recipe, images, labels, epochs, seed, device):
        """images: uint8 (N, C, H, W); labels: uint8 (N,), both as arrays."""
        torch.manual_seed(seed)
        self.recipe, self.epochs, self.seed, self.device = recipe, epochs, seed, device
        order = torch.randperm(len(images), generator=torch.Generator().manual_seed(seed))
        images, labels = torch.tensor(images)[order], torch.tensor(labels).long()[order]
        held_out = min(HELD_OUT, len(images) // 10)
        self.held_images, self.held_labels = images[:held_out], labels[:held_out].to(device)
        self.images, self.labels = images[held_out:].to(device), labels[held_out:].to(device)
        self.network = LeNet5().to(device)
        layers = self.network.layers()
        self.optimiser = torch.optim.Adam([
            {"params": [layer.latent for layer in layers], "share": 1.0},
            {"params": [item for layer in layers for item in layer.norm.parameters()],
             "share": NORM_RATE_SHARE}], lr=PEAK_RATE)
        self.steps_per_epoch = max(1, len(self.images) // BATCH)
        self.epoch = 0
        self.curve = []

    def run_epoch(self):
        """Train one pass over the images and append a row to the learning curve."""
        started = time.monotonic()
        if self.epoch >= FOLD_SHARE * self.epochs:
            self.network.fold()
        self.network.train()
        order = torch.randperm(len(self.images), device=self.device)
        loss_sum = 0.0
        for step in range(self.steps_per_epoch):
            chosen = order[step * BATCH:(step + 1) * BATCH]
            loss_sum += self.step(chosen, self.epoch * self.steps_per_epoch + step)
        self.epoch += 1
        row = (self.epoch, loss_sum / self.steps_per_epoch, self.held_accuracy(None),
               self.held_accuracy(ChipNoise()), time.monotonic() - started)
        self.curve.append(dict(zip(CURVE_FIELDS, row)))
        return self.curve[-1]

    def step(self, chosen, index):
        """Take optimiser step number `index` on the images numbered `chosen`; return the loss."""
        progress = index / (self.epochs * self.steps_per_epoch)
        for group in self.optimiser.param_groups:
            group["lr"] = group["share"] * learning_rate(progress)
        noise = ChipNoise().scaled(min(1.0, progress / NOISE_RAMP_SHARE))
        logits = self.network(augment(self.images[chosen], self.recipe), noise)
        loss = F.cross_entropy(logits, self.labels[chosen])
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        self.network.constrain()
        return loss.item()

    @torch.no_grad()
    def held_accuracy(self, noise):
        """Return the share of held-out images classified rightly, in percent."""
        self.network.eval()
        right = 0
        for first in range(0, len(self.held_images), 500):
            logits = self.network(self.held_images[first:first + 500].float().to(self.device),
                                  noise)
            right += (logits.argmax(1) == self.held_labels[first:first + 500]).sum().item()
        return 100.0 * right / max(1, len(self.held_images))

    def save(self, path):
        """Write a checkpoint from which `restore` continues with the same numbers."""
        torch.save({"recipe": self.recipe.name, "epochs": self.epochs, "seed": self.seed,
                    "epoch": self.epoch, "curve": self.curve,
                    "network": self.network.state_dict(),
                    "optimiser": self.optimiser.state_dict(),
                    "generator": torch.get_rng_state()}, path)

    def restore(self, path):
        """Continue from the checkpoint `path`, which must be of the same training."""
        try:
            state = torch.load(path, map_location=self.device)
        except FileNotFoundError:
            raise UsageError(f"{path}: there is no checkpoint to resume from.") from None
        except Exception:
            raise UsageError(f"{path}: this is not a checkpoint of this program.") from None
        for key, mine in (("recipe", self.recipe.name), ("epochs", self.epochs),
                          ("seed", self.seed)):
            if state.get(key) != mine:
                raise UsageError(f"{path}: the checkpoint was made with {key} "
                                 f"{state.get(key)} and not {mine}.")
        self.network.load_state_dict(state["network"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.epoch, self.curve = state["epoch"], state["curve"]
        torch.set_rng_state(state["generator"].cpu())


def learning_rate(progress):
    """Return the learning rate at `progress` 0..1: a short rise, then half a cosine to zero."""
    rise = min(1.0, progress / WARM_UP_SHARE)
    return PEAK_RATE * rise * 0.5 * (1 + math.cos(math.pi * progress))


def write_curve(path, curve):
    """Write the learning curve as CSV: accuracies in percent of the held-out images."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(curve[0]))
        writer.writeheader()
        for row in curve:
            writer.writerow({key: round(value, 4) for key, value in row.items()})


def train_nodes(options, recipe):
    """Train one phase of a network of nodes; its checkpoint and curve are in the folder."""
    directory = data_directory(options, recipe)
    trainer = GraphTrainer(recipe, options, data.load(recipe.data_format, directory, "train"),
                           data.load(recipe.data_format, directory, "test"))
    checkpoint = options.out / "checkpoint.pt"
    if options.resume:
        trainer.restore(checkpoint)
    elif options.initial is not None:
        trainer.start_from(options.initial)
    elif options.phase == "chip":
        raise UsageError("--phase chip begins with a trained network: give the checkpoint of "
                         "--phase float with --initial.")
    options.out.mkdir(parents=True, exist_ok=True)
    while trainer.epoch < min(trainer.epochs, options.stop_after or trainer.epochs):
        row = trainer.run_epoch()
        trainer.save(checkpoint)
        write_curve(options.out / "curve.csv", trainer.curve)
        print("epoch {epoch}: loss {loss:.4f}, test accuracy {accuracy:.2f} %, with errors "
              "{accuracy_noisy:.2f} %, {seconds:.0f} s".format(**row), flush=True)
    phases = [(part["phase"], part["curve"]) for part in trainer.history]
    write_curve_picture(options.out / "curve.svg", recipe.name,
                        [*phases, (trainer.phase, trainer.curve)])
    if trainer.phase == "chip":
        export_nodes(recipe, trained_parameters(trainer.network.eval()), options.out)
        (options.out / "card.md").write_text(node_card(recipe, trainer), encoding="utf-8")


def parse(arguments):
    """Return the parsed command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--network", required=True, choices=sorted(RECIPES))
    parser.add_argument("--data", type=Path, help="folder of the data set; by default "
                        "Fashion-MNIST as the Debian package dataset-fashion-mnist installs it")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    parser.add_argument("--phase", choices=("float", "chip"), default="chip",
                        help="networks of nodes: train in floats, or go on with the chip's errors")
    parser.add_argument("--chip", choices=sorted(CHIPS), default="imagine",
                        help="networks of nodes: whose errors are drawn")
    parser.add_argument("--initial", type=Path,
                        help="networks of nodes: checkpoint of the phase before")
    parser.add_argument("--rate", type=float,
                        help="networks of nodes: highest learning rate, if not the phase's own")
    parser.add_argument("--stop-after", type=int, metavar="EPOCH",
                        help="networks of nodes: end there, in the schedule of --epochs")
    parser.add_argument("--resume", action="store_true", help="continue from OUT/checkpoint.pt")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--threads", type=int, default=1, help="threads of the CPU")
    return parser.parse_args(arguments)


def data_directory(options, recipe):
    """Return the folder of the data set, or tell that it must be given."""
    if options.data is not None:
        return options.data
    if recipe.data_name == "fashion-mnist":
        return data.FASHION_MNIST_DIRECTORY
    raise UsageError(f"network {recipe.name} needs the folder of the {recipe.data_name} data "
                     "set: give it with --data.")


def run(options):
    """Train, export and measure as the command line says."""
    if options.epochs < 1:
        raise UsageError(f"--epochs is {options.epochs}; it must be at least 1.")
    if options.stop_after is not None and not 1 <= options.stop_after <= options.epochs:
        raise UsageError(f"--stop-after is {options.stop_after}; it must be 1 to --epochs, "
                         f"{options.epochs}.")
    if options.rate is not None and not 0 < options.rate < math.inf:
        raise UsageError(f"--rate is {options.rate}; it must be above 0.")
    if options.device == "cuda" and not torch.cuda.is_available():
        raise UsageError("--device cuda: this installation of PyTorch finds no CUDA device.")
    torch.set_num_threads(options.threads)
    recipe = RECIPES[options.network]
    options.chip = CHIPS[options.chip]
    if recipe.nodes:
        train_nodes(options, recipe)
        return
    directory = data_directory(options, recipe)
    images, labels = data.load(recipe.data_format, directory, "train")
    test_images, test_labels = data.load(recipe.data_format, directory, "test")
    options.out.mkdir(parents=True, exist_ok=True)
    checkpoint = options.out / "checkpoint.pt"
    trainer = Trainer(recipe, images, labels, options.epochs, options.seed, options.device)
    if options.resume:
        trainer.restore(checkpoint)
    while trainer.epoch < trainer.epochs:
        row = trainer.run_epoch()
        trainer.save(checkpoint)
        write_curve(options.out / "curve.csv", trainer.curve)
        print("epoch {epoch}: loss {loss:.4f}, held-out accuracy {accuracy_quantised:.2f} % "
              "quantised, {accuracy_noisy:.2f} % with noise, {seconds:.0f} s".format(**row),
              flush=True)
    export(trainer.network.cpu(), recipe, options.out)
    result = measure(options.out, test_images, test_labels, progress=print)
    write_card(options.out, recipe, trainer, result)


def main(arguments=None):
    """Run the program; return its exit status."""
    options = parse(arguments)
    try:
        run(options)
    except (data.DataError, UsageError, EvaluationError, CheckpointError) as error:
        print(f"train.py: error: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"train.py: error: {error.filename}: the file cannot be written "
              f"({error.strerror}).", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
