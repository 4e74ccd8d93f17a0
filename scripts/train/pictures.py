"""Learning curves as pictures."""
import math

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402  the backend is chosen before


def write_curve_picture(path, title, phases, images="test"):
    """Write accuracy and loss over the epochs of all phases as an SVG or PNG.

    phases: list of (name, curve); a curve is rows with epoch, loss, accuracy, accuracy_noisy;
    images: what accuracies are of.
    """
    pyplot.rcParams["svg.hashsalt"] = title         # the same bytes for the same curve
    figure, left = pyplot.subplots(figsize=(7, 3.6))
    right = left.twinx()
    first = 0
    for name, curve in phases:
        epochs = [first + row["epoch"] for row in curve]
        for key, colour, label in (("accuracy", "tab:blue", "noise off"),
                                   ("accuracy_noisy", "tab:red", "with errors")):
            points = [(x, row[key]) for x, row in zip(epochs, curve) if not math.isnan(row[key])]
            if points:
                left.plot(*zip(*points), ".-", color=colour, label=label)
        right.plot(epochs, [row["loss"] for row in curve], ":", color="grey", label="loss")
        if first:
            left.axvline(first + 0.5, color="lightgrey")
        left.text(first + 0.7, 0.02, name, transform=left.get_xaxis_transform(), color="grey")
        first += len(curve)
    left.set_xlim(0.5, first + 0.5)         # a phase's name stands inside
    left.set_xlabel("epoch")
    left.set_ylabel(f"accuracy on the {images} images in %")
    right.set_ylabel("loss")
    left.set_title(title)
    unique = dict(zip(*reversed(left.get_legend_handles_labels())))
    left.legend(unique.values(), unique.keys(), loc="lower right")
    left.grid(alpha=0.3)
    figure.subplots_adjust(left=0.1, right=0.9, bottom=0.14, top=0.91)
    figure.savefig(path, metadata={"Date": None} if str(path).endswith(".svg") else None)
    pyplot.close(figure)
