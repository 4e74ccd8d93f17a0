"""The card of a network trained for the converters of a chip."""
import torch

from cards import shape_row, size_row

# Options whose folders are the user's own: the card gives them by their role.
ROLES = {"data": "DIR", "initial": "FLOAT/checkpoint.pt", "teacher": "TEACHER/checkpoint.pt",
         "out": "OUT"}
NOT_TOLD = ("resume", "threads", "device", "speed")


def command(options):
    """Return the command line of quantise_network.py that gives the same network again."""
    words = ["scripts/train/quantise_network.py"]
    for key, value in vars(options).items():
        if key in NOT_TOLD or value is None or (key == "stop_after" and not value):
            continue
        name = "--" + key.replace("_", "-")
        for item in value if isinstance(value, list) else [value]:
            words += [name, ROLES.get(key, str(item))]
    return " ".join(words)


def write_quantised_card(directory, recipe, options, arrays, result, images):
    """Write card.md: what the network is, how it was made, what the training measured.

    options: of the command line; arrays: ChipArrays; result: QuantisedResult; images: (to train,
    held out).
    """
    bits = result.network.bits
    minutes = sum(row["seconds"] for row in result.curve) / 60
    (directory / "card.md").write_text(f"""# {recipe.name} on {arrays.name}

{recipe.description.split(',')[0]}, trained for {bits.converter} b converters of `{arrays.name}`.

| what | value |
|---|---|
{shape_row(recipe)}
{size_row(recipe)}
| weights | {bits.weights} bits signed, one scale per output channel |
| activations | {bits.activations} bits where a dot product reads them, else 8; ranges in \
`network.yaml` |
| converters | {bits.converter} bits, a range for each {options.granularity}, in `network.yaml` |
| data | {recipe.data_name}: {images[0]:,} images to train, {images[1]:,} held out |
| command | `{command(options)}`: {len(result.curve)} epochs in {minutes:.0f} min |
| with | PyTorch {torch.__version__} |

The last epoch is the one exported, whatever its accuracy. In the chip's arithmetic it has
{result.accuracy:.2f} % of the held-out images and {result.accuracy_noisy:.2f} % with the errors of
its circuits, every image on another die. `curve.svg` shows all epochs.
""", encoding="utf-8")
