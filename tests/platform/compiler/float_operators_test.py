"""Every float operator of the importer against PyTorch, over random shapes and attributes.

A case builds a small ONNX model with the operator and says what PyTorch computes. Attributes are
drawn so that all that is supported comes up, in the spellings of opsets 7 to 17.
"""
import tempfile
import unittest
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from onnx_builder import Made
from operator_cases import (arg_max, arithmetic, batch_normalisation, bound, channels_last_input,
    clip, concat, flat_input, function_of, gemm, gemm_constant_first, matmul, moved_features,
    pixel_matmul, prelu, prepared_weights, softmax, square_root, tensors)
from tool import run
from window_cases import (average_pool, average_pool_asymmetric, conv, global_pool, max_pool,
    max_pool_ceil, pad, pad_before, reduce_pixels, relu_pad_max)

torch.set_num_threads(1)
RUNS = 12  # of each operator

SELU = {"alpha": 1.67326319217681884765625, "gamma": 1.05070102214813232421875}
# Operator: (ranks of the input, case).
CASES = {
    "Conv": ((3, 4), conv),
    "MaxPool": ((3, 4), max_pool),
    "MaxPool with ceil_mode": ((3, 4), max_pool_ceil),
    "AveragePool": ((3, 4), average_pool),
    "AveragePool with asymmetric padding": ((3, 4), average_pool_asymmetric),
    "GlobalAveragePool, GlobalMaxPool": ((3, 4), global_pool),
    "ReduceMean, ReduceMax, ReduceSum": ((3, 4), reduce_pixels),
    "Pad": ((3, 4), pad),
    "Pad before a window": ((4,), pad_before),
    "Pad between Relu and MaxPool": ((4,), relu_pad_max),
    "Gemm": ((2,), gemm),
    "Gemm with the constant first": ((2,), gemm_constant_first),
    "MatMul": ((2,), matmul),
    "MatMul over channels": ((4,), pixel_matmul),
    "BatchNormalization": ((2, 3, 4), batch_normalisation),
    "Relu": (None, function_of("Relu", torch.relu)),
    "LeakyRelu": (None, function_of("LeakyRelu", lambda x, alpha: F.leaky_relu(x, alpha),
                                    alpha=0.01)),
    "Sigmoid": (None, function_of("Sigmoid", torch.sigmoid)),
    "Tanh": (None, function_of("Tanh", torch.tanh)),
    "Elu": (None, function_of("Elu", lambda x, alpha: F.elu(x, alpha), alpha=1.0)),
    "HardSigmoid": (None, function_of(
        "HardSigmoid", lambda x, alpha, beta: torch.clamp(alpha * x + beta, 0, 1), alpha=0.2,
        beta=0.5)),
    "Abs": (None, function_of("Abs", torch.abs)),
    "Exp": (None, function_of("Exp", torch.exp)),
    "Selu": (None, function_of("Selu", lambda x, alpha, gamma: gamma * torch.where(
        x > 0, x, alpha * torch.expm1(x)), **SELU)),
    "Celu": (None, function_of("Celu", lambda x, alpha: F.celu(x, alpha), alpha=1.0)),
    "Softplus": (None, function_of("Softplus", F.softplus)),
    "Softsign": (None, function_of("Softsign", F.softsign)),
    "ThresholdedRelu": (None, function_of("ThresholdedRelu", lambda x, alpha: F.threshold(
        x, alpha, 0.0), alpha=1.0)),
    "Sqrt": (None, square_root),
    "Clip": (None, clip),
    "Max, Min": (None, bound),
    "PRelu": (None, prelu),
    "Add, Sub, Mul, Div by a constant": (None, arithmetic),
    "Add, Sub, Sum, Mean, Neg": (None, tensors),
    "Concat": (None, concat),
    "Softmax, LogSoftmax": (None, softmax),
    "ArgMax, ArgMin": (None, arg_max),
    "Transpose, Reshape, Flatten, Squeeze, Unsqueeze": ((3, 4), moved_features),
    "input with channels last": ((4,), channels_last_input),
    "input that is reshaped": ((4,), flat_input),
    "weights computed from constants": ((2,), prepared_weights),
}


class FloatOperatorsTest(unittest.TestCase):
    def test_every_operator_agrees_with_pytorch(self):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            pending, lines = [], []
            for number, (operator, (ranks, case)) in enumerate(CASES.items()):
                for seed in range(RUNS):
                    rng = np.random.default_rng([number, seed])
                    made = Made(rng, int(rng.choice(ranks)) if ranks else None)
                    function = case(made)
                    x = torch.tensor(made.x)
                    with torch.no_grad():
                        expected = function(x).numpy().ravel()
                    model = self.declared(made)
                    stem = folder / str(len(pending))
                    stem.with_suffix(".onnx").write_bytes(model.SerializeToString())
                    made.x.tofile(stem.with_suffix(".in"))
                    lines.append(" ".join(str(stem.with_suffix(s)) for s in (".onnx", ".in", ".out")))
                    pending.append((operator, seed, stem, expected))
            (folder / "list").write_text("\n".join(lines))
            said = run("floats", folder / "list").split("\n")
            for (operator, seed, stem, expected), sentence in zip(pending, said):
                with self.subTest(operator=operator, seed=seed):
                    self.assertEqual(sentence, "")
                    y = np.fromfile(stem.with_suffix(".out"), np.float32)
                    np.testing.assert_allclose(y, expected, rtol=1e-4,
                                               atol=1e-5 * max(1, abs(expected).max()))

    @staticmethod
    def declared(made):
        """The model, with the input as the case declares it; values lie channels first."""
        model = made.model()
        if hasattr(made, "declared"):
            dims = model.graph.input[0].type.tensor_type.shape.dim
            del dims[:]
            for size in made.declared:
                dims.add(dim_value=size)
        return model


if __name__ == "__main__":
    unittest.main()
