"""Write a trained network as network.onnx, network.yaml and card.md.

The graph holds float weights s_w * w with integers w in -7..7 and max |w| = 7 in every output
channel, so a symmetric max-abs quantiser of 4 bits finds the same integers again.
"""
import numpy as np
import onnx
import torch
import yaml
from onnx import TensorProto, helper, numpy_helper

from networks import output_steps
from quantise import (ACTIVATION_BITS, CODE_MAX, WEIGHT_BITS, WEIGHT_MAX, ChipNoise,
                      converter_lsb, weight_codes)

INPUT_STEP = 1 / CODE_MAX       # real value of one input code
OPSET = 13
IR_VERSION = 7                  # the file format version that came with opset 13
LAYER_NAMES = ("conv1", "conv2", "fc1", "fc2")


def float_parameters(network):
    """Return per layer (weight, bias), float32 arrays that stand for the integers and registers.

    Gain and offset of a layer are gamma = s_w * s_x * D_lsb / s_y and beta = bias / s_y; with the
    steps s_x and s_y of its input and output given, they settle s_w and the bias.
    """
    parameters = []
    input_step = INPUT_STEP
    with torch.no_grad():
        for layer, step in zip(network.layers(), output_steps(network)):
            gamma, beta = (register.double().cpu().numpy() for register in layer.registers())
            integers = weight_codes(layer.latent).double().cpu().numpy()
            scale = gamma * step / (input_step * converter_lsb(layer.rows))
            weight = integers * scale.reshape(-1, *[1] * (integers.ndim - 1))
            parameters.append((weight.astype(np.float32), (beta * step).astype(np.float32)))
            input_step = step
    return parameters


def onnx_model(network, recipe):
    """Return the ONNX model: Conv, Relu, MaxPool, Flatten and Gemm nodes, NCHW, batch of 1."""
    nodes, weights = [], []
    tensor = "input"
    for index, (weight, bias) in enumerate(float_parameters(network)):
        name = LAYER_NAMES[index]
        last = index == len(LAYER_NAMES) - 1
        if weight.ndim == 2 and index and LAYER_NAMES[index - 1].startswith("conv"):
            nodes.append(helper.make_node("Flatten", [tensor], ["flat"], "flatten", axis=1))
            tensor = "flat"
        output = "logits" if last else f"{name}_sum"
        inputs = [tensor, f"{name}_weight", f"{name}_bias"]
        weights += [numpy_helper.from_array(weight, inputs[1]),
                    numpy_helper.from_array(bias, inputs[2])]
        if weight.ndim == 4:
            nodes.append(helper.make_node("Conv", inputs, [output], name,
                                          kernel_shape=list(weight.shape[2:])))
        else:
            nodes.append(helper.make_node("Gemm", inputs, [output], name, transB=1))
        tensor = output
        if not last:
            tensor = f"{name}_relu"
            nodes.append(helper.make_node("Relu", [output], [tensor], tensor))
        if weight.ndim == 4:
            nodes.append(helper.make_node("MaxPool", [tensor], [f"{name}_pool"], f"{name}_pool",
                                          kernel_shape=[2, 2], strides=[2, 2]))
            tensor = f"{name}_pool"
    shape = [1, recipe.channels, recipe.height, recipe.width]
    graph = helper.make_graph(
        nodes, recipe.name,
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(tensor, TensorProto.FLOAT, [1, recipe.classes])],
        initializer=weights)
    model = helper.make_model(graph, producer_name="leyden",
                              opset_imports=[helper.make_opsetid("", OPSET)])
    model.ir_version = IR_VERSION
    onnx.checker.check_model(model)
    return model


def description(network, recipe):
    """Return the content of network.yaml."""
    ranges = {}
    for name, layer, step in zip(LAYER_NAMES, network.layers(), output_steps(network)):
        tensor = "logits" if name == LAYER_NAMES[-1] else f"{name}_relu"
        ranges[tensor] = {"min": -layer.zero * step, "max": (CODE_MAX - layer.zero) * step}
    return {
        "name": recipe.name,
        "description": recipe.description,
        "onnx": "network.onnx",
        "input": {"height": recipe.height, "width": recipe.width, "channels": recipe.channels,
                  "scale": INPUT_STEP, "zero_point": 0},
        "classes": recipe.classes,
        "data": {"format": recipe.data_format, "default": recipe.data_name},
        "quantisation": {"weight_bits": WEIGHT_BITS, "activation_bits": ACTIVATION_BITS,
                         "calibration_images": 512, "activation_percentile": 99.99},
        "activation_ranges": ranges,
    }


def export(network, recipe, directory):
    """Write network.onnx and network.yaml of the trained `network` into `directory`."""
    onnx.save(onnx_model(network, recipe), directory / "network.onnx")
    text = yaml.safe_dump(description(network, recipe), sort_keys=False)
    (directory / "network.yaml").write_text(text, encoding="utf-8")


def write_card(directory, recipe, trainer, result):
    """Write card.md: what the network is, how it was made and what was measured."""
    noise = ChipNoise()
    last = trainer.curve[-1]
    data_option = "" if recipe.data_name == "fashion-mnist" else " --data DIR"
    seconds = sum(row["seconds"] for row in trainer.curve)
    text = f"""# {recipe.name}

{recipe.description}.

| what | value |
|---|---|
| layers | conv 5x5 1-16, pool, conv 5x5 16-32, pool, fc 512-96, fc 96-10 |
| weights | {WEIGHT_BITS} bits signed, -{WEIGHT_MAX}..{WEIGHT_MAX}, one scale per output channel |
| activations | {ACTIVATION_BITS} bits, ranges in `network.yaml` |
| data | {recipe.data_name}: {len(trainer.images):,} images to train, \
{len(trainer.held_images):,} held out, {result['images']:,} test images |
| command | `scripts/train/train.py --network {recipe.name}{data_option} \
--epochs {trainer.epochs} --seed {trainer.seed} --out OUT` |
| time | {seconds / 60:.0f} min on {trainer.device}, PyTorch {torch.__version__} |
| held-out accuracy of the last epoch | {last['accuracy_quantised']:.2f} % quantised, \
{last['accuracy_noisy']:.2f} % with noise |

## Accuracy on the test images

Measured by `scripts/train/evaluate.py` on all {result['images']:,} test images, from `network.onnx`
and `network.yaml` alone.

| arithmetic | accuracy |
|---|---|
| float graph | {result['float']:.2f} % |
| float graph, activations limited to their ranges | {result['limited']:.2f} % |
| quantised, noise off | {result['quantised']:.2f} % |
| with noise, mean of {len(result['noisy'])} dies | {np.mean(result['noisy']):.2f} % |
| with noise, worst and best die | {min(result['noisy']):.2f} %, {max(result['noisy']):.2f} % |

Noise: {noise.temporal_lsb} LSB per conversion, {noise.offset_lsb} LSB offset per output channel,
{100 * noise.gain:.1f} % gain error per output channel, {100 * noise.mismatch:.1f} % mismatch per \
cell (standard deviations).

The float graph has no upper limit on its activations, while the chip's codes end at {CODE_MAX}. The
network was trained with that limit: it is to be used with the ranges of `network.yaml`.

The recipe was chosen by the held-out images. Test images play no part in the training; the noise
of the test is the noise of the training, on other dies.
"""
    (directory / "card.md").write_text(text, encoding="utf-8")
