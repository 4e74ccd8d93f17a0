"""The card of a network of nodes: what it is, how it was made, what the training measured."""
import torch

from quantise import ACTIVATION_BITS, WEIGHT_BITS, WEIGHT_MAX


def command(recipe, part, initial, out):
    """Return the command of one phase, from the checkpoint in `initial` into the folder `out`."""
    words = ["scripts/train/train.py", "--network", recipe.name, "--data", "DIR",
             "--phase", part["phase"]]
    if part["phase"] == "chip":
        words += ["--chip", part["chip"]]
    if initial:
        words += ["--initial", f"{initial}/checkpoint.pt"]
    words += ["--epochs", str(part["epochs"])]
    if len(part["curve"]) < part["epochs"]:
        words += ["--stop-after", str(len(part["curve"]))]
    words += ["--rate", f"{part['rate']:g}", "--seed", str(part["seed"]), "--out", out]
    return " ".join(words)


def size_row(recipe):
    """Return the table row that tells the numbers of layers and weights."""
    weighted = [node for node in recipe.nodes if node.weighted]
    weights = sum(node.channels * node.rows for node in weighted)
    return f"| size | {len(weighted)} layers with weights, {weights:,} weights |"


def phase_rows(recipe, phases):
    """Return the table rows of the phases' commands, epochs and times."""
    rows, initial = [], None
    for number, part in enumerate(phases, 1):
        out = f"OUT{number}"
        minutes = sum(row["seconds"] for row in part["curve"]) / 60
        rows.append(f"| phase {number} | `{command(recipe, part, initial, out)}`: "
                    f"{len(part['curve'])} epochs in {minutes:.0f} min |")
        initial = out
    return "\n".join(rows)


def shape_row(recipe):
    """Return the table row that tells the layers with weights in order."""
    words = []
    for node in recipe.nodes:
        if node.op == "conv":
            grouped = " depthwise" if node.groups > 1 else ""
            stride = f" /{node.stride}" if node.stride > 1 else ""
            words.append(f"{node.kernel}x{node.kernel}{grouped} {node.channels}{stride}")
        elif node.op == "linear":
            words.append(f"matrix {node.channels}")
        else:
            words.append(node.op.replace("_", " "))
    return f"| layers | {', '.join(words)} |"


def node_card(recipe, trainer):
    """Return the text of card.md of a network of nodes."""
    phases = [*trainer.history, {"phase": trainer.phase, "epochs": trainer.epochs,
                                 "seed": trainer.seed, "chip": trainer.chip.name,
                                 "rate": trainer.rate, "curve": trainer.curve}]
    last = trainer.curve[-1]
    what = " of the pixels' power explained" if recipe.reconstructs else ""
    return f"""# {recipe.name}

{recipe.description}.

| what | value |
|---|---|
{shape_row(recipe)}
{size_row(recipe)}
| weights | {WEIGHT_BITS} bits signed, -{WEIGHT_MAX}..{WEIGHT_MAX}, one scale per output channel |
| activations | {ACTIVATION_BITS} bits, ranges in `network.yaml` |
| data | {recipe.data_name}: {len(trainer.images):,} images to train, {len(trainer.test_images):,} \
test images |
{phase_rows(recipe, phases)}
| with | PyTorch {torch.__version__}, one thread of a CPU |

The last epoch is the one exported, whatever its accuracy. In the training it has
{last['accuracy']:.2f} %{what} without the errors of conversions and
{last['accuracy_noisy']:.2f} % with them, every image on another die \
(n = {len(trainer.test_images):,}; convolutions in bfloat16).
`curve.svg` shows all epochs.
"""


def float_card(recipe, state, bits, images, share):
    """Return the text of card.md of a network exported in floats.

    state: the checkpoint; bits: of weights and activations; images: numbers of training and test
    images; share: accuracy of the exported file on the test images in percent.
    """
    return f"""# {recipe.name}

{recipe.description[0].upper() + recipe.description[1:]}.

| what | value |
|---|---|
{shape_row(recipe)}
{size_row(recipe)}
| weights, activations | floats, normalisations folded; quantised by the compiler to {bits[0]} and \
{bits[1]} bits, ranges from calibration images |
| data | {recipe.data_name}: {images[0]:,} images to train, {images[1]:,} test images |
{phase_rows(recipe, [state])}
| with | PyTorch {torch.__version__}, one thread of a CPU |

The last epoch is the one exported, whatever its accuracy: {share:.2f} % in floats (n = {images[1]:,}), from
`network.onnx`. `curve.svg` shows all epochs.
"""
