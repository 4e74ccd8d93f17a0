"""Random networks' operators that do not run on a macro."""
import numpy as np
import torch
import torch.nn.functional as F
from onnx import numpy_helper

from networks import Builder


class Net(Builder):
    """The operators that do not run on a macro."""

    def leaky_relu(self, alpha):
        return self.add("LeakyRelu", lambda x: F.leaky_relu(x, alpha), alpha=alpha)

    def sigmoid(self):
        return self.add("Sigmoid", torch.sigmoid)

    def tanh(self):
        return self.add("Tanh", torch.tanh)

    def clip(self, low, high):
        return self.add("Clip", lambda x: torch.clamp(x, low, high),
                        [self.scalar(low), self.scalar(high)])

    def scalar(self, value):
        return self.constant(np.float32(value), "s")

    def concat(self, *inputs):
        return self.add("Concat", lambda *x: torch.cat(x, 1), inputs=list(inputs), axis=1)

    def pad(self, top, left, bottom, right, value=0.0):
        self.weights.append(self.integers([0, 0, top, left, 0, 0, bottom, right]))
        return self.add("Pad", lambda x: F.pad(x, (left, right, top, bottom), value=value),
                        [self.weights[-1].name, self.scalar(value)])

    def integers(self, values):
        return numpy_helper.from_array(np.array(values, np.int64), f"i_{len(self.weights)}")

    def average_pool_uncounted(self, kernel, stride, pads):
        return self.add("AveragePool", lambda x: F.avg_pool2d(
            x, kernel, stride, pads, count_include_pad=False), kernel_shape=list(kernel),
            strides=list(stride), pads=[*pads, *pads], count_include_pad=0)

    def dilated_max_pool(self, kernel, dilation):
        return self.add("MaxPool", lambda x: F.max_pool2d(x, kernel, 1, 0, dilation),
                        kernel_shape=list(kernel), strides=[1, 1], dilations=list(dilation))

    def softmax(self, logarithm=False):
        function = torch.log_softmax if logarithm else torch.softmax
        return self.add("LogSoftmax" if logarithm else "Softmax", lambda x: function(x, 1), axis=1)

    def arg_max(self):
        return self.add("ArgMax", lambda x: x.argmax(1, keepdim=True).float(), axis=1, keepdims=1)
