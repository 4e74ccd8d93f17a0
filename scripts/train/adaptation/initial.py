"""What a training for the converters begins with: a checkpoint's network, and images for it."""
from dataclasses import replace

import data
from adaptation.array_network import AdaptationError
from architectures import Node
from graph_trainer import read_checkpoint
from networks import RECIPES, Recipe

SHIFT = 4                       # pixels, of CIFAR-10's training images; others stay


def data_format(directory):
    """Return the format of a folder of images."""
    directory = data.existing_directory(directory)
    return "cifar10" if any(directory.glob("*_batch*.bin")) else "idx"


def adapted_recipe(nodes, form, shape):
    """Return the recipe of a network that adapt.py changed.

    form: of the images (`data_format`); shape: (channels, height, width) of one.
    """
    cifar = form == "cifar10"
    channels, height, width = shape
    return Recipe("adapted", form, "cifar10" if cifar else "mnist",
                  "adapted network, trained with the chip's errors", shift=SHIFT * cifar, flip=cifar,
                  height=height, width=width, channels=channels, nodes=nodes)


def nodes_of(content):
    """Return the nodes that a checkpoint holds, or None."""
    if content.get("program") == "adapt":
        return tuple(content["nodes"])
    if "arrays" not in content or "nodes" not in content:
        return None
    return tuple(Node(**{**node, "inputs": tuple(node["inputs"])}) for node in content["nodes"])


def read_teacher(path, recipe):
    """Return (nodes, state) of a checkpoint's network, of any shape, that teaches a `recipe`.

    A checkpoint that does not tell its network is taken to hold the recipe's.
    """
    content = read_checkpoint(path)
    nodes, told = nodes_of(content), content.get("recipe")
    nodes = nodes or (RECIPES[told].nodes if told in RECIPES else recipe.nodes)
    own, its = ([node for node in some if node.weighted] for some in (recipe.nodes, nodes))
    for what, mine, other in (("inputs of {} channels", own[0].channels_in, its[0].channels_in),
                              ("{} outputs", own[-1].channels, its[-1].channels)):
        if mine != other:
            raise AdaptationError(f"{path}: the teacher has {what.format(other)}, and the network "
                                  f"that it is to teach has {mine}.")
    return nodes, content["network"]


def read_initial(path, directory, name=None):
    """Return (recipe, state of the network, training images) of a checkpoint.

    path: of train.py --phase float, of adapt.py, or of a training for the converters; directory: of
    the images; name: the recipe, if the checkpoint does not tell.
    """
    content = read_checkpoint(path)
    nodes, told = nodes_of(content), content.get("recipe")
    if nodes is not None:
        told = content["identity"].get("network")
    name = name or (told if told in RECIPES else None)
    if name is None and nodes is None:
        raise AdaptationError(f"{path}: the checkpoint does not tell its network; give --network.")
    form = RECIPES[name].data_format if name else data_format(directory)
    images = data.load(form, directory, "train")
    if name is None:
        first = next(node for node in nodes if node.weighted)
        if first.op == "conv" and first.channels_in != images[0].shape[1]:
            raise AdaptationError(
                f"{path}: the network takes images of {first.channels_in} channels, and those in "
                f"{directory} have {images[0].shape[1]}.")
        return adapted_recipe(nodes, form, images[0].shape[1:]), content["network"], images
    recipe = RECIPES[name]
    return replace(recipe, nodes=nodes or recipe.nodes), content["network"], images
