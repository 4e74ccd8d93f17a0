"""Training of a network of nodes: first in floats, then as the chip computes it."""
import math
import time
from dataclasses import dataclass

import torch
import torch.nn.functional as F

from augment import augment
from chip_network import ChipNetwork
from quantise import CODE_MAX

BATCH = 128
SMOOTHING = 0.05                # of the labels
RECONSTRUCTION_WEIGHT = 30      # of the mean squared error, beside the decay of the weights
WARM_UP_SHARE = 0.05            # of the chip phase, in which the rate and the errors rise
FOLD_SHARE = 0.8                # of the chip phase, from which the statistics stay
CURVE_FIELDS = ("epoch", "loss", "accuracy", "accuracy_noisy", "seconds")


@dataclass(frozen=True)
class Schedule:
    """Rates of a phase."""

    peak_rate: float
    weight_decay: float
    step_rate: float = 0.0      # of the logarithms of activation steps (Adam)


SCHEDULES = {"float": Schedule(0.3, 5e-4), "chip": Schedule(0.1, 5e-4, 2e-3)}


class CheckpointError(Exception):
    """A checkpoint cannot be used; the message is one sentence for the user."""


def read_checkpoint(path):
    """Return the content of a checkpoint, or tell what is wrong with the file."""
    try:
        state = torch.load(path, map_location="cpu")
    except FileNotFoundError:
        raise CheckpointError(f"{path}: there is no checkpoint to read.") from None
    except Exception:
        raise CheckpointError(f"{path}: this is not a checkpoint of this program.") from None
    if not isinstance(state, dict) or "network" not in state:
        raise CheckpointError(f"{path}: this is not a checkpoint of this program.")
    return state


class GraphTrainer:
    """One phase of a training: network, optimisers, data and the place in the schedule."""

    def __init__(self, recipe, options, train, test):
        """options: phase, epochs, seed, chip; train, test: (images, labels) as arrays."""
        torch.manual_seed(options.seed)
        self.recipe, self.phase, self.epochs = recipe, options.phase, options.epochs
        self.seed, self.chip = options.seed, options.chip
        self.images, self.labels = torch.tensor(train[0]), torch.tensor(train[1]).long()
        self.test_images, self.test_labels = torch.tensor(test[0]), torch.tensor(test[1]).long()
        self.network = ChipNetwork(recipe.nodes).to(memory_format=torch.channels_last)
        self.schedule = SCHEDULES[options.phase]
        self.rate = options.rate or self.schedule.peak_rate
        self.steps_per_epoch = max(1, len(self.images) // BATCH)
        self.epoch, self.curve, self.history = 0, [], []
        self.make_optimisers()

    def make_optimisers(self):
        """Make the optimisers of the phase: SGD for the network, Adam for the activation steps."""
        network = self.network
        decayed = list(network.weights.parameters())
        others = [*network.norms.parameters(), *network.biases.parameters()]
        self.optimisers = [torch.optim.SGD(
            [{"params": decayed, "weight_decay": self.schedule.weight_decay},
             {"params": others, "weight_decay":
              self.schedule.weight_decay if self.phase == "float" else 0.0}],
            lr=0.1, momentum=0.9, nesterov=True)]
        if self.phase == "chip":
            self.optimisers.append(torch.optim.Adam(network.log_steps.parameters(), lr=1e-3,
                                                    betas=(0.9, 0.99)))

    def start_from(self, path):
        """Take the network of another phase's checkpoint, floats or chip."""
        state = read_checkpoint(path)
        if state.get("recipe") != self.recipe.name:
            raise CheckpointError(f"{path}: the checkpoint is of {state.get('recipe')} and not of "
                                  f"{self.recipe.name}.")
        self.network.load_state_dict(state["network"])
        self.history = state.get("history", []) + [
            {key: state[key] for key in ("phase", "epochs", "seed", "chip", "rate", "curve")}]
        if self.phase == "chip" and state["phase"] == "chip":
            self.network.chip = True
        if self.phase == "chip":
            self.enter_chip()

    def enter_chip(self):
        """Bring a network in floats onto the chip, or one of another chip to this one's errors."""
        batches = [self.batch(torch.randint(len(self.images), (BATCH,))) for _ in range(40)]
        if self.network.chip:
            self.network.renew_statistics(batches, self.chip.errors)
        else:
            self.network.start_chip([self.batch(torch.arange(512) % len(self.images)), *batches],
                                    self.chip.errors)

    def batch(self, chosen):
        """Return varied codes of the images numbered `chosen`."""
        return augment(self.images[chosen], self.recipe)

    def run_epoch(self):
        """Train one pass over the images and append a row to the learning curve."""
        started = time.monotonic()
        self.network.train()
        if self.phase == "chip" and self.epoch >= FOLD_SHARE * self.epochs:
            self.network.freeze_statistics()
        order = torch.randperm(len(self.images))
        loss_sum = 0.0
        for step in range(self.steps_per_epoch):
            chosen = order[step * BATCH:(step + 1) * BATCH]
            loss_sum += self.step(chosen, self.epoch * self.steps_per_epoch + step)
        self.epoch += 1
        noisy = self.test_accuracy(self.chip.errors) if self.phase == "chip" else math.nan
        self.curve.append(dict(zip(CURVE_FIELDS, (
            self.epoch, loss_sum / self.steps_per_epoch, self.test_accuracy(None), noisy,
            time.monotonic() - started))))
        return self.curve[-1]

    def step(self, chosen, index):
        """Take optimiser step number `index` on the images numbered `chosen`; return the loss."""
        progress = index / (self.epochs * self.steps_per_epoch)
        self.set_rates(progress)
        errors = None
        if self.phase == "chip":
            self.network.error_share = min(1.0, 0.3 + progress / WARM_UP_SHARE)
            errors = self.chip.errors
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.phase == "float"):
            outputs = self.network(self.batch(chosen).float(), errors)
        loss = self.loss(outputs.float(), chosen)
        for optimiser in self.optimisers:
            optimiser.zero_grad(set_to_none=True)
        loss.backward()
        for optimiser in self.optimisers:
            optimiser.step()
        if self.phase == "chip":
            self.network.constrain()
        return loss.item()

    def loss(self, outputs, chosen):
        """Return the loss of a batch's outputs."""
        if self.recipe.reconstructs:
            wanted = self.images[chosen].flatten(1) / CODE_MAX
            return RECONSTRUCTION_WEIGHT * F.mse_loss(outputs, wanted)
        return F.cross_entropy(outputs, self.labels[chosen], label_smoothing=SMOOTHING)

    def set_rates(self, progress):
        """Set the learning rates at `progress` 0..1 of the phase."""
        rate = one_cycle(progress) if self.phase == "float" else warm_cosine(progress)
        for group in self.optimisers[0].param_groups:
            group["lr"] = self.rate * rate
            group["momentum"] = 0.95 - 0.1 * rate if self.phase == "float" else 0.9
        for optimiser in self.optimisers[1:]:
            for group in optimiser.param_groups:
                group["lr"] = self.schedule.step_rate * rate

    @torch.no_grad()
    def test_accuracy(self, errors):
        """Return in percent what of the test images is right: how many, or of their power."""
        self.network.eval()
        right, whole = 0.0, 0.0
        for first in range(0, len(self.test_images), 500):
            images = self.test_images[first:first + 500].float()
            outputs = self.network(images, errors).float()
            if self.recipe.reconstructs:
                wanted = images.flatten(1) / CODE_MAX
                whole += wanted.pow(2).sum().item()
                right += wanted.pow(2).sum().item() - (outputs - wanted).pow(2).sum().item()
            else:
                whole += len(images)
                right += (outputs.argmax(1) == self.test_labels[first:first + 500]).sum().item()
        return 100.0 * right / whole

    def save(self, path):
        """Write a checkpoint from which `restore` continues with the same numbers."""
        torch.save({"recipe": self.recipe.name, "phase": self.phase, "epochs": self.epochs,
                    "seed": self.seed, "chip": self.chip.name, "rate": self.rate,
                    "epoch": self.epoch, "curve": self.curve, "history": self.history,
                    "network": self.network.state_dict(),
                    "optimisers": [item.state_dict() for item in self.optimisers],
                    "generator": torch.get_rng_state()}, path)

    def restore(self, path):
        """Continue from the checkpoint `path`, which must be of the same training."""
        state = read_checkpoint(path)
        mine = {"recipe": self.recipe.name, "phase": self.phase, "epochs": self.epochs,
                "seed": self.seed, "chip": self.chip.name, "rate": self.rate}
        for key, value in mine.items():
            if state.get(key) != value:
                raise CheckpointError(f"{path}: the checkpoint was made with {key} "
                                      f"{state.get(key)} and not {value}.")
        self.network.load_state_dict(state["network"])
        self.network.chip = self.phase == "chip"
        for optimiser, saved in zip(self.optimisers, state["optimisers"]):
            optimiser.load_state_dict(saved)
        self.epoch, self.curve, self.history = state["epoch"], state["curve"], state["history"]
        torch.set_rng_state(state["generator"])


def one_cycle(progress):
    """Return the share of the peak rate: a quarter of the steps up from 0.1, then down."""
    if progress < 0.25:
        return 0.1 + 0.9 * 0.5 * (1 - math.cos(math.pi * progress / 0.25))
    return max(1e-4, 0.5 * (1 + math.cos(math.pi * (progress - 0.25) / 0.75)))


def warm_cosine(progress):
    """Return the share of the peak rate: a short rise, then half a cosine to zero."""
    return min(1.0, progress / WARM_UP_SHARE) * 0.5 * (1 + math.cos(math.pi * progress))
