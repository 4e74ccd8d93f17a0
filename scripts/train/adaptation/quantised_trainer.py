"""Quantisation-aware training of a float network for the arrays and converters of a chip."""
import copy
import math
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
import torch.nn.functional as F

from adaptation.array_network import GRANULARITIES, ArrayNetwork, Bits
from adaptation.calibrate import calibrate, calibrate_ranges
from augment import augment
from chip_network import ChipNetwork
from graph_trainer import CheckpointError, read_checkpoint, warm_cosine

HELD_OUT = 2000                 # training images kept apart for the curve and every decision
CALIBRATION = 512               # images that first steps and ranges are chosen on
STATISTICS = 20                 # batches that renew the statistics of the layers
SMOOTHING = 0.05                # of the labels
TEMPERATURE = 4.0               # of the float network's outputs, where it teaches
EVALUATION_BATCH = 250


class TrainingError(Exception):
    """A training cannot be done as asked; the message is one sentence for the user."""


@dataclass(frozen=True)
class QuantisedOptions:
    """What a training is asked for.

    weight_bits, activation_bits, converter_bits: the target; first_bits: what all three begin with,
    one bit less at a time until reduction_share of the steps.
    granularity: of the converters' ranges: tensor, array or column.
    noise: share of the chip's errors in the forward pass; distil: weight of the float network's
    outputs in the loss.
    """

    recipe: object              # of networks.py: how images are varied
    out: Path
    weight_bits: int = 4
    activation_bits: int = 4
    converter_bits: int = 5
    first_bits: int = 8
    granularity: str = "array"
    epochs: int = 10
    batch: int = 128
    rate: float = 0.04
    step_rate: float = 2e-3     # of the logarithms of steps and ranges (Adam)
    weight_decay: float = 1e-4
    noise: float = 0.0
    distil: float = 0.5
    reduction_share: float = 0.3
    seed: int = 1
    device: str = "cpu"
    resume: bool = False
    stop_after: int = 0         # epochs; 0: all

    def target(self):
        """Return the Bits at the end."""
        return Bits(self.weight_bits, self.activation_bits, self.converter_bits)

    def bits_at(self, progress):
        """Return the Bits at `progress` 0..1 of the steps."""
        target = self.target()
        steps = max(0, self.first_bits - min(asdict(target).values()))
        done = steps
        if progress < self.reduction_share:
            done = int(progress / self.reduction_share * (steps + 1))
        return Bits(*(max(bits, self.first_bits - done) for bits in asdict(target).values()))

    def check(self):
        """Refuse what cannot be trained."""
        def between(name, least, most):
            value = getattr(self, name)
            if not least <= value <= most:
                raise TrainingError(f"{name} is {value}; {least} to {most} are possible.")

        between("weight_bits", 1, 8)
        between("activation_bits", 1, 8)
        between("converter_bits", 1, 12)
        between("first_bits", 1, 12)
        between("epochs", 0, 10000)
        if not 0 <= self.stop_after <= self.epochs:
            raise TrainingError(f"stop_after is {self.stop_after}; 0 (none) to the {self.epochs} "
                                "epochs are possible.")
        between("noise", 0, 10)
        between("distil", 0, 1)
        if self.granularity not in GRANULARITIES:
            raise TrainingError(f"granularity is {self.granularity}; one of "
                                f"{', '.join(GRANULARITIES)} would be right.")
        if not 0 < self.rate < math.inf:
            raise TrainingError(f"rate is {self.rate}; it must be above 0.")


def held_out_split(images, labels, seed):
    """Return ((images, labels) to train on, (images, labels) kept apart) as tensors, by seed."""
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(seed))
    held = min(HELD_OUT, len(images) // 10)
    images, labels = torch.as_tensor(images), torch.as_tensor(labels).long()
    return ((images[order[held:]], labels[order[held:]]),
            (images[order[:held]], labels[order[:held]]))


class QuantisedTrainer:
    """One training: network, teacher, optimisers, data and the place in the schedule."""

    def __init__(self, nodes, state, arrays, options, data, teacher=None, learned=None):
        """state: of a float ChipNetwork; data: (images uint8 (N, C, H, W), labels); teacher: (nodes,
        state) of the float network that teaches, of any shape, if not (`nodes`, `state`);
        learned: a Learned of these nodes, whose steps and ranges are kept where they fit."""
        options.check()
        torch.manual_seed(options.seed)
        if not options.epochs:      # no training: the target's steps and ranges at once
            options = replace(options, first_bits=1)
        self.options, self.arrays, self.learned = options, arrays, learned
        self.train, self.held = held_out_split(*data, options.seed)
        self.network = ArrayNetwork(nodes, arrays, options.bits_at(0.0), options.granularity)
        load_floats(self.network, state)
        self.network.to(options.device, memory_format=torch.channels_last)
        self.teacher = None
        if options.distil:
            its_nodes, its_state = teacher or (nodes, state)
            self.teacher = ChipNetwork(its_nodes)
            load_floats(self.teacher, its_state)
            self.teacher.to(options.device, memory_format=torch.channels_last).eval()
        self.steps_per_epoch = max(1, len(self.train[0]) // options.batch)
        self.epoch, self.curve = 0, []
        self.optimisers = self.make_optimisers()

    def make_optimisers(self):
        """Return SGD for weights and normalisations, Adam for steps and ranges."""
        network, options = self.network, self.options
        logs = [*network.log_steps.parameters(), *network.weight_logs.parameters(),
                *network.range_logs.parameters()]
        return [torch.optim.SGD(
            [{"params": list(network.weights.parameters()), "weight_decay": options.weight_decay},
             {"params": [*network.norms.parameters(), *network.biases.parameters()],
              "weight_decay": 0.0}], lr=0.1, momentum=0.9, nesterov=True),
                torch.optim.Adam(logs, lr=1e-3, betas=(0.9, 0.99))]

    def calibration_images(self):
        """Return the codes that first steps and ranges are chosen on, varied as in training.

        The float network's statistics are those of varied images, and so must be what follows it.
        """
        images = self.train[0][torch.arange(CALIBRATION) % len(self.train[0])]
        return augment(images, self.options.recipe).float().to(self.options.device)

    def start(self):
        """Go to the chip's arithmetic with learned or first steps and ranges."""
        learned = self.learned
        if learned is not None and learned.fits(self.network, self.options.noise > 0):
            learned.load(self.network)
            if not learned.knows_ranges(self.network):
                self.reduce(self.network.bits)
                self.renew_statistics()
            return
        dtype, self.network.dtype = self.network.dtype, torch.float32
        calibrate(self.network, self.calibration_images(), self.options.noise > 0)
        self.network.dtype = dtype
        self.renew_statistics()

    def reduce(self, bits):
        """Compute with fewer bits from now on."""
        self.network.set_bits(self.arrays, bits)
        calibrate_ranges(self.network, self.calibration_images())

    def run_epoch(self):
        """Train one pass over the images; return a row of the learning curve."""
        started = time.monotonic()
        options = self.options
        self.network.train()
        order = torch.randperm(len(self.train[0]))
        losses = 0.0
        for step in range(self.steps_per_epoch):
            chosen = order[step * options.batch:(step + 1) * options.batch]
            losses += self.step(chosen, self.epoch * self.steps_per_epoch + step)
        self.epoch += 1
        bits = self.network.bits
        self.curve.append({
            "epoch": self.epoch, "loss": losses / self.steps_per_epoch,
            "weight_bits": bits.weights, "activation_bits": bits.activations,
            "converter_bits": bits.converter, "accuracy": self.accuracy(None),
            "accuracy_noisy": self.accuracy(1.0), "seconds": time.monotonic() - started})
        return self.curve[-1]

    def step(self, chosen, index):
        """Take optimiser step number `index` on the images numbered `chosen`; return the loss."""
        options = self.options
        progress = index / (max(1, options.epochs) * self.steps_per_epoch)
        bits = options.bits_at(progress)
        if bits != self.network.bits:
            self.reduce(bits)
        share = warm_cosine(progress)
        for optimiser, rate in zip(self.optimisers, (options.rate, options.step_rate)):
            for group in optimiser.param_groups:
                group["lr"] = rate * share
        images = augment(self.train[0][chosen], options.recipe).float().to(options.device)
        loss = self.loss(images, self.train[1][chosen].to(options.device))
        for optimiser in self.optimisers:
            optimiser.zero_grad(set_to_none=True)
        loss.backward()
        for optimiser in self.optimisers:
            optimiser.step()
        self.network.constrain()
        return loss.item()

    def loss(self, images, labels):
        """Return the loss of a batch: labels, and what the float network says."""
        outputs = self.network(images, self.options.noise or None)
        loss = F.cross_entropy(outputs, labels, label_smoothing=SMOOTHING)
        if self.teacher is None:
            return loss
        with torch.no_grad(), torch.autocast(self.options.device, dtype=torch.bfloat16):
            taught = self.teacher(images).float()
        told = F.kl_div(F.log_softmax(outputs / TEMPERATURE, 1),
                        F.softmax(taught / TEMPERATURE, 1), reduction="batchmean")
        weight = self.options.distil
        return (1 - weight) * loss + weight * TEMPERATURE ** 2 * told

    @torch.no_grad()
    def renew_statistics(self):
        """Compute the statistics of the normalisations anew, over STATISTICS batches."""
        chosen = [torch.randint(len(self.train[0]), (self.options.batch,))
                  for _ in range(STATISTICS)]
        self.network.renew_statistics(
            [augment(self.train[0][batch], self.options.recipe).float().to(self.options.device)
             for batch in chosen], self.options.noise or None)

    @torch.no_grad()
    def accuracy(self, noise):
        """Return the share of held-out images classified rightly, in percent."""
        dtype, self.network.dtype = self.network.dtype, torch.float32
        self.network.eval()
        right = 0
        for first in range(0, len(self.held[0]), EVALUATION_BATCH):
            images = self.held[0][first:first + EVALUATION_BATCH].float().to(self.options.device)
            right += (self.network(images, noise).argmax(1).cpu()
                      == self.held[1][first:first + EVALUATION_BATCH]).sum().item()
        self.network.dtype = dtype
        return 100.0 * right / max(1, len(self.held[0]))

    def identity(self):
        """Return what must agree between a checkpoint and the training that goes on with it."""
        told = asdict(self.options)
        for key in ("recipe", "out", "resume", "stop_after", "device"):
            told.pop(key)
        return {"network": self.options.recipe.name, "chip": self.arrays.name, **told}

    def save(self, path):
        """Write a checkpoint from which `restore` continues with the same numbers."""
        bits = self.network.bits
        part = path.with_suffix(".part")
        torch.save({"identity": self.identity(), "arrays": asdict(self.arrays),
                    "nodes": [asdict(node) for node in self.network.nodes],
                    "epoch": self.epoch, "curve": self.curve, "bits": asdict(bits),
                    "network": self.network.state_dict(),
                    "optimisers": [item.state_dict() for item in self.optimisers],
                    "generator": torch.get_rng_state()}, part)
        part.replace(path)

    def restore(self, path):
        """Continue from the checkpoint `path`, which must be of the same training."""
        state = read_checkpoint(path)
        mine = {**self.identity(), "arrays": asdict(self.arrays)}
        theirs = {**state.get("identity", {}), "arrays": state.get("arrays")}
        for key, value in mine.items():
            if theirs.get(key) != value:
                raise CheckpointError(f"{path}: the checkpoint was made with {key} "
                                      f"{theirs.get(key)} and not {value}.")
        self.network.set_bits(self.arrays, Bits(**state["bits"]))
        self.network.load_state_dict(state["network"])
        self.network.chip = True
        for optimiser, saved in zip(self.optimisers, state["optimisers"]):
            optimiser.load_state_dict(saved)
        self.epoch, self.curve = state["epoch"], state["curve"]
        torch.set_rng_state(state["generator"].cpu())


def load_floats(network, state):
    """Load the weights, normalisations and biases of a float network's state."""
    own = network.state_dict()
    for key, value in own.items():
        if not key.startswith(("weights.", "norms.", "biases.")):
            continue
        if key not in state:
            raise TrainingError(f"the float network has no {key}; it is another network's.")
        if state[key].shape != value.shape:
            raise TrainingError(f"the float network's {key} is {tuple(state[key].shape)} and not "
                                f"{tuple(value.shape)}; it is another network's.")
        own[key] = state[key]
    network.load_state_dict(copy.deepcopy(own))


@dataclass
class QuantisedResult:
    """A trained network with its learning curve; accuracies in percent of held-out images."""

    network: ArrayNetwork
    curve: list
    accuracy: float
    accuracy_noisy: float
    finished: bool              # all epochs are done


def train_quantised(nodes, state, chip, options, progress=None, data=None, teacher=None,
                    learned=None):
    """Train a float network for a chip; return a QuantisedResult.

    nodes: of architectures.py; state: of its float ChipNetwork; chip: ChipArrays; options:
    QuantisedOptions; progress: is told every row of the curve; data: (images, labels); teacher:
    (nodes, state) of the float network that teaches, if not (`nodes`, `state`); learned: a
    Learned whose steps and ranges are kept where they fit.
    OUT/checkpoint.pt is written after every epoch; options.resume goes on with it.
    """
    trainer = QuantisedTrainer(nodes, state, chip, options, data, teacher, learned)
    checkpoint = Path(options.out) / "checkpoint.pt"
    if options.resume:
        trainer.restore(checkpoint)
    else:
        trainer.start()
    Path(options.out).mkdir(parents=True, exist_ok=True)
    while trainer.epoch < min(options.epochs, options.stop_after or options.epochs):
        row = trainer.run_epoch()
        trainer.save(checkpoint)
        if progress is not None:
            progress(trainer, row)
    network = trainer.network.eval()
    return QuantisedResult(network, trainer.curve, trainer.accuracy(None), trainer.accuracy(1.0),
                           trainer.epoch >= options.epochs)
