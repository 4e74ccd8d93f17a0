"""Morphing: a network shrunk and expanded in rounds until it keeps the budget of the arrays.

A round is a phase of training with the shrinking loss, the removal of channels below the round's
budget, the expansion up to it, and a phase of training without.  State is complete after every
step, so that a training that was stopped goes on with the same numbers.
"""
import time
from dataclasses import dataclass, field

import torch

from adaptation.channels import Structure
from adaptation.errors import AdaptationError
from adaptation.float_trainer import (BATCH, accuracy, batch_loss, optimiser_of, warm_cosine)
from adaptation.importance import ShrinkLoss, gradient_importance, scale_importance
from adaptation.surgery import (best_channels, network_of, tensor_means, with_channels,
                                without_channels)
from adaptation.widths import Budget, WidthChooser

IMPORTANCE_BATCHES = 20
MEAN_IMAGES = 512               # of which the means of removed channels are taken
SLACK = 0.9                     # of a round's budget, below which the round shrinks
TIGHTENED = 0.97                # of the budgets, when the widths did not fit
MOST_TIGHTENED = 40
KEPT_SHARE = 0.2                # of a space's channels, that stay in one round as far as possible


@dataclass(frozen=True)
class MorphOptions:
    """goals: Budgets of the last round; rates are those of SGD with BATCH images a step."""

    goals: tuple
    rounds: int = 2
    shrink_epochs: int = 1
    tune_epochs: int = 2
    last_epochs: int = 4
    shrink_rate: float = 0.02
    tune_rate: float = 0.05
    shrink_lambda: float = 0.005
    importance: str = "gradient"
    distil: float = 0.0         # of the loss, that the outputs of the first network tell
    channels: tuple = ()        # (layer, channels) that a user settles
    seed: int = 1

    def phases(self):
        """Return [(round, kind, epochs)] in order."""
        made = []
        for number in range(1, self.rounds + 1):
            made.append((number, "shrink", self.shrink_epochs))
            last = number == self.rounds
            made.append((number, "tune", self.last_epochs if last else self.tune_epochs))
        return made


@dataclass
class Place:
    """Where in the schedule a training is."""

    phase: int = 0
    epoch: int = 0
    step: int = 0
    order: object = None        # of the images of this epoch
    loss_sum: float = 0.0
    shrink_sum: float = 0.0
    seconds: float = 0.0


@dataclass
class Round:
    """What a round did: widths by space."""

    number: int
    before: dict
    removed_to: dict
    after: dict
    accuracy_removed: float = 0.0   # held out, right behind the removal, before any training
    budgets: list = field(default_factory=list)


class Morpher:
    """One morphing of a network."""

    def __init__(self, nodes, state, array_cost, images, options, identity, device="cpu",
                 fits=None):
        """identity: {option: value} that must be the same for `restore`; fits(nodes): whether the
        widths of the last round do what a budget cannot tell, or None."""
        torch.manual_seed(options.seed)
        self.identity, self.fits = identity, fits
        self.options, self.images = options, images
        self.array_cost, self.device = array_cost, device
        self.nodes = nodes
        self.network = network_of(nodes, state).to(device)
        self.teacher = network_of(nodes, state).to(device).eval()
        self.first_nodes = nodes
        self.first_cost = array_cost.total(nodes)
        self.first_accuracy = accuracy(self.network, images.held, images.held_labels)
        self.phases = options.phases()
        self.place, self.curve, self.rounds = Place(), [], []
        self.stopped = False
        self.optimiser = None
        self.start_phase()

    def start_phase(self):
        """Make what a phase needs anew."""
        self.optimiser = optimiser_of(self.network)
        self.shrink_loss = ShrinkLoss(self.nodes, self.array_cost)

    def run(self, progress=None, saved=None):
        """Go through the schedule until its end or `stopped`.

        progress(row): called after every epoch; saved(): called where the state may be written.
        Returns whether the end was reached.
        """
        while self.place.phase < len(self.phases):
            _, kind, epochs = self.phases[self.place.phase]
            while self.place.epoch < epochs:
                row = self.run_epoch(kind, epochs)
                if row is None:
                    if saved:
                        saved()
                    return False
                if progress:
                    progress(row)
                if self.place.epoch < epochs and saved:
                    saved()
            if kind == "shrink":
                self.remove_and_expand(self.phases[self.place.phase][0])
            self.place = Place(self.place.phase + 1)
            self.start_phase()
            if saved:
                saved()
        return True

    def run_epoch(self, kind, epochs):
        """Train one epoch; return its row of the curve, or None when stopped in the middle."""
        started = time.monotonic()
        place, steps = self.place, self.images.steps
        if place.order is None:
            place.order = torch.randperm(len(self.images.train))
            place.step, place.loss_sum, place.shrink_sum, place.seconds = 0, 0.0, 0.0, 0.0
        self.network.train()
        while place.step < steps:
            if self.stopped:
                place.seconds += time.monotonic() - started
                return None
            chosen = place.order[place.step * BATCH:(place.step + 1) * BATCH].to(self.device)
            self.train_step(kind, chosen, (place.epoch * steps + place.step) / (epochs * steps))
            place.step += 1
        place.order = None
        place.epoch += 1
        self.curve.append({
            "round": self.phases[place.phase][0], "phase": kind, "epoch": len(self.curve) + 1,
            "loss": place.loss_sum / steps, "shrink_loss": place.shrink_sum / steps,
            "accuracy": accuracy(self.network, self.images.held, self.images.held_labels),
            "seconds": place.seconds + time.monotonic() - started})
        return self.curve[-1]

    def train_step(self, kind, chosen, progress):
        """Take one step on the images numbered `chosen` at `progress` 0..1 of the phase."""
        options = self.options
        if kind == "shrink":
            # The scales must move as long as the phase lasts: no decay of the rate.
            rate = options.shrink_rate
        else:
            rate = options.tune_rate * warm_cosine(progress)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        loss = batch_loss(self.network, self.images, chosen, teacher=self.teacher,
                          share=options.distil)
        self.place.loss_sum += loss.item()
        if kind == "shrink":
            shrink = self.shrink_loss(self.network)
            self.place.shrink_sum += shrink.item()
            loss = loss + options.shrink_lambda * shrink
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self.optimiser.step()

    def round_budgets(self, number):
        """Return the budgets of a round: from the network's cost to the goals in equal factors.

        A goal above what the network takes is taken for that: nothing grows.
        """
        share = number / self.options.rounds
        made = []
        for goal in self.options.goals:
            start = getattr(self.first_cost, goal.resource)
            most = min(start, goal.most)
            made.append(Budget(goal.resource, max(most, start ** (1 - share) * most ** share)))
        return made

    def importance(self):
        """Return the importance of the channels by space."""
        if self.options.importance == "scale":
            return scale_importance(self.network)
        self.network.eval()
        chosen = torch.randperm(len(self.images.train))[:IMPORTANCE_BATCHES * BATCH]
        return gradient_importance(self.network, (
            batch_loss(self.network, self.images, part.to(self.device), varied=False)
            for part in chosen.split(BATCH)))

    def choose(self, structure, values, budgets):
        """Return (widths shrunk, widths expanded) by space."""
        fixed = structure.asked_widths(dict(self.options.channels))
        chooser = WidthChooser(structure, self.array_cost, values, fixed=fixed)
        shrunk = {**structure.widths(), **fixed}
        for budget in budgets:
            if not budget.met(chooser.cost(shrunk)):
                shrunk = least_of(shrunk, chooser.shrink(budget.tightened(SLACK), KEPT_SHARE))
        return shrunk, chooser.expand(shrunk, budgets)

    def chosen_widths(self, number, structure, values):
        """Return (budgets, shrunk, expanded) of a round, as tight as `fits` needs them."""
        budgets = self.round_budgets(number)
        for _ in range(MOST_TIGHTENED):
            shrunk, grown = self.choose(structure, values, budgets)
            if not self.fits or number < self.options.rounds or \
                    self.fits(structure.resized(grown)):
                break
            budgets = [budget.tightened(TIGHTENED) for budget in budgets]
        return budgets, shrunk, grown

    def remove_and_expand(self, number):
        """Give up channels below the budget of a round and grow up to it.

        A channel given up that the expansion wants again stays; new ones are put in beyond.
        """
        structure, values = Structure(self.nodes), self.importance()
        budgets, shrunk, grown = self.chosen_widths(number, structure, values)
        means = tensor_means(self.network, [self.images.train[:MEAN_IMAGES].float()])
        state = {key: value.detach() for key, value in self.network.state_dict().items()}
        kept = {space.name: best_channels(
            values[space.name], min(grown[space.name], space.channels)).to(self.device)
            for space in structure.free()}
        nodes, state = without_channels(self.nodes, state, kept, means)
        self.network = network_of(nodes, state).to(self.device)
        removed = accuracy(self.network, self.images.held, self.images.held_labels)
        generator = torch.Generator().manual_seed(self.options.seed + number)
        # The spaces of the smaller network have the names of the larger one's.
        self.nodes, state = with_channels(nodes, state, grown, generator)
        self.network = network_of(self.nodes, state).to(self.device)
        self.rounds.append(Round(number, structure.widths(), shrunk, grown, removed,
                                 [(item.resource, item.most) for item in budgets]))

    def state(self):
        """Return all that `restore` needs."""
        return {
            "program": "adapt", "identity": self.identity, "nodes": self.nodes,
            "first_nodes": self.first_nodes, "first_accuracy": self.first_accuracy,
            "network": self.network.state_dict(), "optimiser": self.optimiser.state_dict(),
            "place": vars(self.place), "curve": self.curve,
            "rounds": [vars(item) for item in self.rounds], "generator": torch.get_rng_state(),
            "device_generator": torch.cuda.get_rng_state() if self.device == "cuda" else None}

    def restore(self, state, path):
        """Continue from a state that was saved with the same options and network."""
        if state.get("program") != "adapt":
            raise AdaptationError(f"{path}: this is not a checkpoint of an adaptation.")
        for key, mine in self.identity.items():
            if state["identity"].get(key) != mine:
                raise AdaptationError(f"{path}: the checkpoint was made with --{key} "
                                      f"{state['identity'].get(key)} and not {mine}.")
        if state["first_nodes"] != self.first_nodes:
            raise AdaptationError(f"{path}: the checkpoint is of another network.")
        self.nodes = state["nodes"]
        self.network = network_of(self.nodes, state["network"]).to(self.device)
        self.start_phase()
        self.optimiser.load_state_dict(state["optimiser"])
        self.place = Place(**state["place"])
        self.curve = state["curve"]
        self.rounds = [Round(**item) for item in state["rounds"]]
        self.first_accuracy = state["first_accuracy"]
        torch.set_rng_state(state["generator"])
        if state["device_generator"] is not None:
            torch.cuda.set_rng_state(state["device_generator"])


def least_of(left, right):
    """Return the smaller width of every space."""
    return {name: min(width, right[name]) for name, width in left.items()}
