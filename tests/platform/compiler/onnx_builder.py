"""A small ONNX model that grows node by node, in the spelling of a random opset."""
import numpy as np
from onnx import TensorProto, helper, numpy_helper

OPSETS = (7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17)


class Made:
    """A model that grows, and its input."""

    def __init__(self, rng, rank=None):
        self.rng = rng
        self.opset = int(rng.choice(OPSETS))
        rank = rank or int(rng.choice([2, 3, 4, 4, 4]))
        sizes = [int(s) for s in rng.integers(2, 12, rank - 1)]
        self.x = rng.normal(0, 1.5, (1, *sizes)).astype(np.float32)
        self.nodes, self.constants = [], {}
        self.last = "x"

    @property
    def channels(self):
        return self.x.shape[1]

    def draw(self, *shape, scale=1.0):
        return self.rng.normal(0, scale, shape).astype(np.float32)

    def constant(self, array):
        name = f"c{len(self.constants)}"
        self.constants[name] = np.asarray(array)
        return name

    def node(self, operator, *constants, inputs=None, **attributes):
        output = f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, [*(inputs or [self.last]), *constants],
                                           [output], **attributes))
        self.last = output
        return output

    def axes(self, operator, axes, since):
        """Axes as attribute, or as an input from opset `since` on."""
        if self.opset < since:
            return self.node(operator, axes=list(axes))
        return self.node(operator, self.constant(np.array(axes, np.int64)))

    def model(self):
        value = helper.make_tensor_value_info
        batch = self.rng.choice([0, 1, 2])
        shape = [(1, "N", -1)[batch], *self.x.shape[1:]]
        tensors = [numpy_helper.from_array(a, n) for n, a in self.constants.items()]
        graph = helper.make_graph(self.nodes, "g", [value("x", TensorProto.FLOAT, shape)],
                                  [value(self.last, TensorProto.FLOAT, None)], tensors)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)])
