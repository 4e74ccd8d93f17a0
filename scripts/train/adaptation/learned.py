"""Steps and ranges that a training for the converters left, for the next one to go on with."""
from dataclasses import dataclass, replace

import torch

from adaptation.array_network import Bits


@dataclass(frozen=True)
class Learned:
    """What a training for the converters left.

    state: of its ArrayNetwork; bits: Bits; arrays: the fields of its ChipArrays; granularity: of the
    converters' ranges; noisy: whether it saw the chip's errors, for which calibration cuts earlier.
    """

    state: dict
    bits: Bits
    arrays: dict
    granularity: str
    noisy: bool

    @staticmethod
    def of(content):
        """Return the Learned of a checkpoint's content, None if it is of another kind of training."""
        if "bits" not in content or "arrays" not in content:
            return None
        identity = content.get("identity", {})
        return Learned(content["network"], Bits(**content["bits"]), content["arrays"],
                       identity.get("granularity"), bool(identity.get("noise")))

    def fits(self, network, noisy):
        """Return whether the steps of weights and codes are those that `network` needs."""
        mine = vars(replace(network.arrays, converter_bits=0))
        theirs = {**self.arrays, "converter_bits": 0}
        return (mine == theirs and self.noisy == noisy
                and (self.bits.weights, self.bits.activations)
                == (network.bits.weights, network.bits.activations))

    def knows_ranges(self, network):
        """Return whether the ranges of the converters are too."""
        return (self.bits.converter == network.bits.converter
                and self.granularity == network.granularity)

    @torch.no_grad()
    def load(self, network):
        """Load weights, statistics and steps, and the ranges if they are known, into `network`."""
        ranges = self.knows_ranges(network)
        own = network.state_dict()
        own.update({key: self.state[key] for key in own
                    if ranges or not key.startswith("range_logs.")})
        network.load_state_dict(own)
        network.chip = True
