"""The choice of widths: which channels to give up, and where freed capacity goes.

A network is its widths, one for every space (`channels.Structure`).  Of each space the channels of
highest importance stay, so that what is lost is a sum over spaces of a function of the width.
"""
from dataclasses import dataclass, replace
from math import log

from adaptation.channels import Structure
from adaptation.errors import AdaptationError
from adaptation.layer_cost import Cost

LEAST_CHANNELS = 2              # that a space keeps: a layer never disappears
NEW_SHARE = 0.5                 # of the mean importance, that the first new channel counts
EXPAND_SHARES = (1.0, 0.98, 0.96, 0.94, 0.92, 0.9, 0.87, 0.84, 0.8)   # of the width multiplier
UTILISATION_POWER = 2           # of the utilisation, in the score of widths
SINGLE_STEPS = (*range(1, 9), 10, 12, 14, 16, 20, 24, 28, 32)   # of a climb, in one space
LOAD_POWER = 0.1                # of the cycles of loading
MOST_CLIMBS = 300
RESOURCES = ("weights", "cells", "tiles", "load_cycles", "mvms")


@dataclass(frozen=True)
class Budget:
    """At most `most` of a resource of Cost."""

    resource: str
    most: float

    def met(self, cost):
        """Return whether a Cost keeps it."""
        return getattr(cost, self.resource) <= self.most

    def tightened(self, factor):
        """Return the budget times `factor`."""
        return replace(self, most=self.most * factor)


def refusal(budget, cost, fixed=None):
    """Return the error of a budget that the least widths, of `cost`, do not keep."""
    others = " where --channels asks for no more" if fixed else ""
    return AdaptationError(
        f"at most {budget.most:.0f} {budget.resource.replace('_', ' ')} are wanted, and "
        f"{getattr(cost, budget.resource)} are left with {LEAST_CHANNELS} channels a layer{others}; "
        "give a goal that is less strict.")


def check_budgets(nodes, array_cost, budgets, fixed=None):
    """Refuse budgets that no widths keep; fixed: channels of spaces that are settled."""
    structure = Structure(nodes)
    widths = structure.widths()
    widths.update({space.name: min(space.channels, LEAST_CHANNELS) for space in structure.free()})
    widths.update(fixed or {})
    cost = array_cost.total(structure.resized(widths))
    for budget in budgets:
        if not budget.met(cost):
            raise refusal(budget, cost, fixed)


class WidthChooser:
    """Chooses widths of a structure under budgets.

    values: importance of every channel by space, of any order; fixed: channels of spaces that are
    settled.
    """

    def __init__(self, structure, array_cost, values, least=LEAST_CHANNELS, fixed=None):
        self.structure, self.array_cost = structure, array_cost
        fixed = self.fixed = fixed or {}
        self.spaces = [space.name for space in structure.free() if space.name not in fixed]
        self.first = {**structure.widths(), **fixed}
        self.least = {name: min(least, self.first[name]) for name in self.spaces}
        self.kept = {}          # kept[space][n]: importance of the n best channels
        self.mean = {}
        for name in self.spaces:
            ordered = sorted((float(value) for value in values[name]), reverse=True)
            sums = [0.0]
            for value in ordered:
                sums.append(sums[-1] + value)
            self.kept[name] = sums
            self.mean[name] = sums[-1] / max(1, len(ordered))
        self.weighted = [node for node in structure.nodes if node.weighted]
        self.touched = {name: [node for node in self.weighted if name in (
            structure.of[node.name], structure.input_of(node))] for name in self.spaces}
        self.start = array_cost.total(structure.nodes)

    def node_cost(self, node, widths):
        """Return the Cost of a node at given widths."""
        return self.array_cost.sized(node, widths[self.structure.input_of(node)],
                                     widths[self.structure.of[node.name]])

    def cost(self, widths):
        """Return the Cost of the network at given widths."""
        return sum((self.node_cost(node, widths) for node in self.weighted), Cost())

    def local_cost(self, name, widths):
        """Return the cost of the layers that a space's width changes."""
        return sum((self.node_cost(node, widths) for node in self.touched[name]), Cost())

    def price(self, cost, resource):
        """Return what a Cost weighs: its shares of the budget's resource, cells and load cycles."""
        start = self.start
        return (getattr(cost, resource) / max(1, getattr(start, resource))
                + cost.cells / max(1, start.cells)
                + cost.load_cycles / max(1, start.load_cycles))

    def value(self, widths):
        """Return the importance kept at given widths; a new channel counts as half a mean one."""
        return sum(self.gain(name, 0, widths[name]) for name in self.spaces)

    def gain(self, name, before, after):
        """Return the importance that a space gains from a width to another.

        Of n channels grown to w the new ones count NEW_SHARE n ln(w / n) mean importances: the more
        there are, the less another one adds.
        """
        def kept(width):
            first = self.first[name]
            if width <= first:
                return self.kept[name][width]
            return self.kept[name][first] + NEW_SHARE * first * log(width / first) * self.mean[name]
        return kept(after) - kept(before)

    def steps(self, count):
        """Return by how many channels a width of `count` is changed in one step."""
        return sorted({*range(1, min(count, 33)), *(step for step in (40, 48, 64, 96, 128)
                                                    if step < count)})

    def shrink(self, budget, least_share=0.0):
        """Return widths under `budget`, with the least importance lost for what is freed.

        least_share: of a space's channels that stay, as far as the budget lets.
        """
        widths = dict(self.first)
        least = {name: max(self.least[name], int(least_share * self.first[name]))
                 for name in self.spaces}
        cost = self.cost(widths)
        options = {name: None for name in self.spaces}  # best step, kept till touched
        while not budget.met(cost):
            for name, known in options.items():
                if known is None:
                    options[name] = self.best_removal(name, widths, least[name], budget.resource)
            found = min((item for item in options.values() if item), default=None)
            if found is None:
                if least_share:
                    return self.shrink(budget)
                raise refusal(budget, cost, self.fixed)
            _, name, step = found
            widths[name] -= step
            cost = self.cost(widths)
            self.forget(options, name)
        return self.climbed(self.filled(widths, [budget], new=False), [budget], least, self.first)

    def best_removal(self, name, widths, least, resource):
        """Return (importance lost for what is freed, space, channels) of a space's best step."""
        count = widths[name]
        before = self.price(self.local_cost(name, widths), resource)
        best = None
        for step in self.steps(count + 1):
            if count - step < least:
                break
            changed = {**widths, name: count - step}
            freed = before - self.price(self.local_cost(name, changed), resource)
            if freed <= 0:
                continue
            lost = self.kept[name][count] - self.kept[name][count - step]
            entry = (lost / freed, name, step)
            if best is None or entry < best:
                best = entry
        return best

    def forget(self, options, name):
        """Drop the known steps of the spaces that share a layer with space `name`."""
        structure = self.structure
        for node in self.touched[name]:
            for space in (structure.of[node.name], structure.input_of(node)):
                if space in options:
                    options[space] = None

    def filled(self, widths, budgets, new=True):
        """Return widths grown by what is worth most for its price, as long as the budgets are met.

        new: beyond the channels there were, and only inside the tiles already paid for: no cell and
        no tile is added.
        """
        widths = dict(widths)
        cost = self.cost(widths)
        most = cost
        while True:
            best = None
            for name in self.spaces:
                local = self.local_cost(name, widths)
                for step in self.steps(max(2, widths[name])):
                    changed = {**widths, name: widths[name] + step}
                    if not new and changed[name] > self.first[name]:
                        break
                    now = cost - local + self.local_cost(name, changed)
                    if not all(budget.met(now) for budget in budgets) or new and (
                            now.cells > most.cells or now.tiles > most.tiles):
                        continue
                    gain = self.gain(name, widths[name], changed[name])
                    price = sum(self.price(now - cost, budget.resource) for budget in budgets)
                    entry = (gain / max(price, 1e-9), gain, name, step, now)
                    if best is None or entry[:2] > best[:2]:
                        best = entry
            if best is None:
                return widths
            widths[best[2]] += best[3]
            cost = best[4]

    def score(self, widths, cost=None):
        """Return what widths are judged by: importance x utilisation^2 / load cycles^0.1.

        The powers are the worth of a hundredth: of the utilisation two hundredths of importance,
        of the time to load weights a tenth of one, for a goal can be given for it.
        """
        cost = cost or self.cost(widths)
        return (self.value(widths) * cost.utilisation ** UTILISATION_POWER
                / max(1, cost.load_cycles) ** LOAD_POWER)

    def climbed(self, widths, budgets, least, most=None):
        """Return widths changed in one space or exchanged between two as long as the score grows.

        least, most: widths by space that are kept; most None: no limit.
        """
        widths = dict(widths)
        score = self.score(widths)
        for _ in range(MOST_CLIMBS):
            best = None
            for changed in self.moves(widths):
                if any(changed[name] < least[name] or most and changed[name] > most[name]
                       for name in changed):
                    continue
                tried = {**widths, **changed}
                cost = self.cost(tried)
                if not all(budget.met(cost) for budget in budgets):
                    continue
                now = self.score(tried, cost)
                if now > score * (1 + 1e-9):
                    score, best = now, tried
            if best is None:
                return widths
            widths = best
        return widths

    def moves(self, widths):
        """Return the changed widths of every step that is tried: one space, or one for another."""
        made = []
        for name in self.spaces:
            grain = max(1, widths[name] // 64)
            made += [{name: widths[name] + sign * grain * step}
                     for step in SINGLE_STEPS for sign in (-1, 1)]
            for taker in self.spaces:
                if taker != name:
                    other = max(1, widths[taker] // 64)
                    made += [{name: widths[name] - grain * less,
                              taker: widths[taker] + other * more}
                             for less in range(1, 5) for more in range(1, 5)]
        return made

    def expand(self, widths, budgets):
        """Return widths scaled up by one factor as far as `budgets` let, tiles then filled.

        The factor is MorphNet's width multiplier; what it leaves of rows and columns of paid tiles
        goes to the spaces of highest importance.
        """
        low, high = 1.0, 8.0
        if not self.all_met(self.scaled(widths, low), budgets):
            return self.filled(widths, budgets)
        for _ in range(20):
            middle = (low + high) / 2
            low, high = (middle, high) if self.all_met(self.scaled(widths, middle), budgets) \
                else (low, middle)
        best = None
        for share in EXPAND_SHARES:
            tried = self.filled(self.scaled(widths, max(1.0, low * share)), budgets)
            score = self.score(tried)
            if best is None or score > best[0]:
                best = (score, tried)
        return self.climbed(best[1], budgets, widths)

    def all_met(self, widths, budgets):
        """Return whether widths keep all budgets."""
        cost = self.cost(widths)
        return all(budget.met(cost) for budget in budgets)

    def scaled(self, widths, factor):
        """Return widths of free spaces times `factor`."""
        return {name: int(width * factor) if name in self.least else width
                for name, width in widths.items()}
