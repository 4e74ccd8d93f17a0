"""Adaptation of networks to the arrays of a chip: geometry, quantisation-aware training."""
