"""A user's float network, an ONNX file or a PyTorch module, as nodes and a checkpoint.

The nodes are those of `architectures`, the checkpoint that of `chip_network.ChipNetwork`: every
layer with weights but the last has a batch normalisation.  One that the file has is taken over; one
that was folded into the weights is put back with the statistics of images (`restore_norms`), so
that the function stays and the channel scales are the standard deviations of their outputs.
"""
import importlib.util
import inspect
import io
import sys
from pathlib import Path

import onnx
import torch

from adaptation.errors import AdaptationError
from adaptation.onnx_graph import read_graph, read_onnx
from adaptation.onnx_importer import Imported, Importer
from graph_trainer import read_checkpoint
from networks import RECIPES


def load_network(source, shape=None):
    """Return the Imported network of `source`: an ONNX file, `file.py:function`, or a checkpoint.

    shape: (channels, height, width) of the images, for a PyTorch module.  A checkpoint is that of
    the phase float of train.py.
    """
    text = str(source)
    if text.endswith(".pt"):
        return from_checkpoint(text)
    if ".py:" in text or text.endswith(".py"):
        return Importer(module_graph(text, shape)).result()
    return Importer(read_graph(read_onnx(text), text)).result()


def from_checkpoint(path):
    """Return the Imported network of a checkpoint of train.py."""
    content = read_checkpoint(path)
    recipe = RECIPES.get(content.get("recipe"))
    if recipe is None or not recipe.nodes or content.get("phase") != "float":
        raise AdaptationError(f"{path}: the checkpoint is of {content.get('recipe')}, phase "
                              f"{content.get('phase')}; one of a network of nodes of phase float "
                              "is needed.")
    shape = (recipe.channels, recipe.height, recipe.width)
    return Imported(recipe.nodes, content["network"], shape, [], [])


def module_graph(source, shape):
    """Return the Graph of the PyTorch module that `file.py:function` returns."""
    path, _, function = source.rpartition(":")
    if not path or not function:
        raise AdaptationError(f"{source}: name the function that makes the network, as "
                              "my_module.py:make_network.")
    if not Path(path).is_file():
        raise AdaptationError(f"{path}: there is no such file.")
    spec = importlib.util.spec_from_file_location(Path(path).stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(Path(path).resolve().parent))
    try:
        spec.loader.exec_module(module)
        network = getattr(module, function)()
    except Exception as error:  # whatever the user's code raises
        raise AdaptationError(f"{source}: the network cannot be made: {type(error).__name__}: "
                              f"{error}.") from None
    finally:
        sys.path.pop(0)
    if not isinstance(network, torch.nn.Module):
        raise AdaptationError(f"{source}: the function returns a {type(network).__name__}; a "
                              "torch.nn.Module is needed.")
    buffer = io.BytesIO()
    extra = {"dynamo": False} if "dynamo" in inspect.signature(
        torch.onnx.export).parameters else {}
    try:
        torch.onnx.export(network.eval(), torch.zeros(1, *shape), buffer, opset_version=13, **extra)
    except Exception as error:
        raise AdaptationError(f"{source}: the network cannot be exported for images of "
                              f"{' x '.join(map(str, shape))}: {str(error).splitlines()[0]}.") \
            from None
    return read_graph(onnx.load_from_string(buffer.getvalue()), source)


@torch.no_grad()
def restore_norms(network, bare, codes):
    """Give the normalisations `bare` of a ChipNetwork the statistics of the images `codes`.

    The outputs stay: gain and offset take back what mean and deviation now do.
    """
    network.eval()
    x = codes.float().contiguous(memory_format=torch.channels_last)
    sums = {}

    def watch(name):
        def hook(_, inputs):
            value = inputs[0].float()
            sums[name] = (value.mean((0, 2, 3)), value.var((0, 2, 3), unbiased=False))
        return hook

    handles = [network.norms[name].register_forward_pre_hook(watch(name)) for name in bare]
    network.forward_float(x)
    for handle in handles:
        handle.remove()
    for name in bare:
        norm = network.norms[name]
        mean, variance = sums[name]
        factor = norm.weight / (norm.running_var + norm.eps).sqrt()
        offset = norm.bias - norm.running_mean * factor
        norm.weight.copy_(factor * (variance + norm.eps).sqrt())
        norm.bias.copy_(offset + mean * factor)
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(variance)
