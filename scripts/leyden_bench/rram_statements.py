"""Published statements of the study of RRAM mappings, each with Leyden's figure and a verdict.

A statement is (letter, statement, published, Leyden, verdict); `study` a Study whose curves are run.
"""
from leyden_bench.rram_runs import CASES, CELLS, COMPONENTS, FULL_BITS

TOLERANCE = 1.0                  # points that fewer ADC bits may cost
LESS_RATIO = 100                 # on/off ratio at which case 1 is published to fail too


def gains(naive, better):
    """(% more efficiency, % more speed, % less area) of costs (energy, time, area)."""
    return (100 * (naive[0] / better[0] - 1), 100 * (naive[1] / better[1] - 1),
            100 * (1 - better[2] / naive[2]))


def span(values, unit="%", digits=0):
    """Return the least and the greatest of values in words."""
    low, high = min(values), max(values)
    return (f"{low:.{digits}f} to {high:.{digits}f} {unit}" if f"{low:.{digits}f}" !=
            f"{high:.{digits}f}" else f"{low:.{digits}f} {unit}")


def signed(values, digits=0):
    """Return the least and the greatest of percentages with their signs."""
    low, high = f"{min(values):+.{digits}f}", f"{max(values):+.{digits}f}"
    return f"{low} % to {high} %" if low != high else f"{low} %"


def overlaps(values, low, high):
    """Whether the span of values and low to high have anything in common."""
    return max(values) >= low and min(values) <= high


def verdict(reproduced, direction=False):
    """Return the verdict in words."""
    return "reproduced" if reproduced else "direction only" if direction else "not reproduced"


def set_bits(study, point, formats):
    """Return how many cells set input bits drive."""
    counts = study.run(*point, formats)["total"]["event_counts_sum"]
    return sum(count for name, count in counts.items() if name.endswith("drive.driven_cell"))


def format_gains(study, fixed):
    """(% TOPS/W, % speed, % area, % fewer set bits) of dynamic against a fixed format, by cells."""
    found = []
    for cell in CELLS:
        point = study.full_point("case 3", cell)
        fewer = 100 * (1 - set_bits(study, point, "dynamic") / set_bits(study, point, fixed))
        found.append((*gains(study.cost(*point, fixed), study.cost(*point, "dynamic")), fewer))
    return zip(*found)


def formats_statement(study):
    """(a) Dynamic against fixed point at full precision, case 3."""
    energies, times, areas, zeros = format_gains(study, "fixed")
    good = min(energies) > 0 and max(map(abs, times)) < 1 and max(map(abs, areas)) < 1
    told, other = verdict(good, min(energies) > 0), ""
    if study.narrow:
        more, _, _, fewer = format_gains(study, study.narrow)
        other = (f"; against a fixed range of 0 to 1, WAGE's own: {signed(more, 1)}, "
                 f"{signed([-share for share in fewer])} set input bits")
        if not good and min(more) > 0:
            told = "not reproduced; with WAGE's range reproduced"
    return ("a", "dynamic fixed point: better TOPS/W (more zero input bits), same area, throughput",
            "better; same",
            f"TOPS/W {signed(energies, 1)}, {signed([-share for share in zeros])} set input bits, time "
            f"and area within {max(map(abs, times + areas)):.1f} %{other}", told)


def offset_statement(study):
    """(b) Points lost by analog cells of an on/off ratio at full precision."""
    ideal = study.accuracy("case 3", 1, FULL_BITS[1], 0, fidelity="ideal")

    def fall(case, cell, **more):
        return ideal - study.accuracy(*study.full_point(case, cell), fidelity="analog", **more)
    lost = {(case, cell): fall(case, cell) for case in CASES for cell in (1, 4)}
    less = fall("case 1", 4, more=(("cim.cell.on_off_ratio", LESS_RATIO),))
    good = (lost["case 1", 4] > 20 and max(lost["case 2", 4], lost["case 3", 4]) < 2
            and lost["case 1", 4] > lost["case 1", 1] + 10)
    ours = ", ".join(f"{case} {lost[case, 4]:+.1f}" for case in CASES)
    return ("b", "case 1 with 4 b cells fails without offset cancelling, even at on/off 100", "fails",
            f"points lost at 4 b cells, on/off 150: {ours}; case 1 at on/off {LESS_RATIO} {less:+.1f}, "
            f"at 1 b cells {lost['case 1', 1]:+.1f}",
            verdict(good, lost["case 1", 4] > lost["case 2", 4] + 2))


def lowest_bits(curve, full):
    """Fewest ADC bits down to which no step costs more than TOLERANCE against full precision."""
    least = max(curve)
    for bits in sorted(curve, reverse=True):
        if curve[bits][0] < full - TOLERANCE:
            break
        least = bits
    return least


def reduction_statement(study):
    """(c) Fewest ADC bits of each representation."""
    least = study.least
    total = {case: sum(FULL_BITS[cell] - least[case, cell] for cell in CELLS) for case in CASES}
    good = total["case 2"] > max(total["case 1"], total["case 3"])
    ours = "; ".join(f"{case} " + "/".join(str(least[case, cell]) for cell in CELLS)
                     for case in CASES)
    return ("c", "differential pairs tolerate the most aggressive ADC reduction", "case 2",
            f"fewest ADC bits at 1/2/4 b cells: {ours}",
            verdict(good, total["case 2"] == max(total.values())))


def naive_cost(study, cell, fixed="fixed"):
    """Cost of fixed point, differential pairs, full precision."""
    return study.cost(*study.full_point("case 2", cell), fixed)


def narrow_words(study, costs):
    """What the TOPS/W of {cells: cost} are against a naive strategy with the range 0 to 1."""
    if not study.narrow:
        return ""
    return "; naive with 0 to 1: " + span(
        [naive_cost(study, cell, study.narrow)[0] / cost[0] for cell, cost in costs.items()], "x", 2)


def full_precision_statement(study):
    """(d) The best options with full-precision ADCs."""
    costs = {cell: study.cost(*study.full_point("case 1" if cell == 1 else "case 3", cell),
                              "dynamic") for cell in CELLS}
    energy, time, area = zip(*(gains(naive_cost(study, cell), costs[cell]) for cell in CELLS))
    good = overlaps(energy, 29, 45) and overlaps(area, 4, 40) and overlaps(time, 4, 25)
    return ("d", "full-precision ADC, DF + case 1 (1 b cells) or case 3 (2, 4 b) against naive",
            "29-45 % TOPS/W, 4-40 % area, 4-25 % speed",
            f"TOPS/W {signed(energy)}, area {span(area)} less, speed {signed(time)}"
            + narrow_words(study, costs),
            "reproduced" if good else "energy and area only"
            if min(energy) > 0 and min(area) > 0 else verdict(False))


def best_options(study):
    """{cells: (case, cost)} of the least energy with the fewest ADC bits, of every cell."""
    found = {}
    for cell in CELLS:
        # statement b: without its offset cancelled, case 1 fails with more than 1 b a cell
        options = {case: study.cost(*study.least_point(case, cell), "dynamic") for case in CASES
                   if case != "case 1" or cell == 1}
        pick = min(options, key=lambda case: options[case][0])
        found[cell] = pick, options[pick]
    return found


def overall_statement(study):
    """(e) The best of everything."""
    best = best_options(study)
    costs = {cell: cost for cell, (_, cost) in best.items()}
    gained = [gains(naive_cost(study, cell), cost) for cell, cost in costs.items()]
    energy = [1 + gain[0] / 100 for gain in gained]
    time = [1 + gain[1] / 100 for gain in gained]
    area = [gain[2] for gain in gained]
    picks = [f"{pick} {study.least[pick, cell]} b" for cell, (pick, _) in best.items()]
    good = overlaps(energy, 1.8, 2.2) and overlaps(time, 1.2, 1.6) and overlaps(area, 5, 25)
    told = verdict(good, min(energy) > 1 and min(time) > 1 and min(area) > 0)
    if study.narrow and told == verdict(False) and min(time) > 1 and min(area) > 0 and all(
            naive_cost(study, cell, study.narrow)[0] > cost[0] for cell, cost in costs.items()):
        told = "not reproduced; with WAGE's range direction only"
    return ("e", "best of formats, mapping and ADC bits against fixed + differential + full ADC",
            "2x TOPS/W, 1.2-1.6x speed, 5-25 % area",
            f"{span(energy, 'x', 1)} TOPS/W, {span(time, 'x', 1)} speed, {span(area)} less area "
            f"({', '.join(picks)} at 1, 2, 4 b cells){narrow_words(study, costs)}", told)


def cliff_statement(study):
    """(f) Few points lost at 4 b, many at 3 b; NeuroSim runs case 3."""
    def has_cliff(case, cell):
        curve, full = study.curves[case, cell], study.full[case, cell][0]
        return full - curve[4][0] < 6 and curve[4][0] - curve[3][0] > 6
    found = {case: [has_cliff(case, cell) for cell in CELLS] for case in CASES}
    ours = "; ".join(f"{case} " + ", ".join(
        "/".join(f"{study.curves[case, cell][bits][0]:.0f}" for cell in CELLS)
        for bits in (3, 4, 5)) for case in CASES)
    return ("f", "accuracy falls off a cliff between 4 b and 3 b ADC",
            "56/75/35, 88-90, 90 % at 3, 4, 5 b (1/2/4 b cells)", f"at 3, 4, 5 b: {ours} %",
            verdict(all(found["case 3"]), any(map(any, found.values()))))


def throughput_statement(study):
    """(g) Whether time goes one way with the bits of cells, fewest ADC bits, in every case."""
    times = {case: [study.cost(*study.least_point(case, cell), "dynamic")[1] for cell in CELLS]
             for case in CASES}
    rising = [a <= b <= c and a < 0.99 * c for a, b, c in times.values()]
    falling = [a >= b >= c and 0.99 * a > c for a, b, c in times.values()]
    ours = "; ".join(f"{case} " + "/".join(f"{time:.0f}" for time in found)
                     for case, found in times.items())
    return ("g", "throughput shows no clear trend (time of arrays against that of the network on chip)",
            "no trend", f"time at 1/2/4 b cells, fewest ADC bits: {ours} us (no network on chip here)",
            verdict(not all(rising) and not all(falling)))


def layer_efficiencies(study, cell):
    """{layer: TOPS/W} of case 3, dynamic, full precision."""
    return {layer["name"]: 2 * layer["macs"] / sum(layer["energy_pj"][name] for name in COMPONENTS)
            for layer in study.macro_layers(*study.full_point("case 3", cell), "dynamic")}


def depth_statement(study):
    """(h) The later half of the convolutions against the first and the fully connected layers."""
    good, direction, words = [], [], []
    for cell in CELLS:
        found = layer_efficiencies(study, cell)
        names = list(found)
        convolutions = [name for name in names if name.startswith("conv")]
        deep = [found[name] for name in convolutions[len(convolutions) // 2:]]
        others = [found[name] for name in names if name not in convolutions]
        good.append(min(deep) > max(found[convolutions[0]], *others))
        direction.append(min(deep) > found[convolutions[0]])
        words.append(f"{span(deep, '', 1).strip()}, {found[convolutions[0]]:.1f}, "
                     f"{span(others, '', 1).strip()}")
    return ("h", "deeper convolutions do better than shallow and fully connected layers", "better",
            f"TOPS/W of the later convolutions, the first, matrices: {'; '.join(words)} at 1; 2; 4 b "
            "cells", verdict(all(good), all(direction)))


def all_statements(study):
    """Return all statements in order."""
    return [make(study) for make in (
        formats_statement, offset_statement, reduction_statement, full_precision_statement,
        overall_statement, cliff_statement, throughput_statement, depth_statement)]
