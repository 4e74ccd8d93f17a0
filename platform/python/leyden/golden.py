"""The arithmetic of the macro and of the vector unit, as the simulator computes it, for numpy.

Codes are unsigned and weights signed whole numbers; a value out of its range is a ValueError, and
nothing is rounded or wrapped on the way in. Images are N x H x W x C. Equations: docs/python.md.
"""

from __future__ import annotations

from typing import Optional, Sequence, Union

import numpy

try:
    from . import _golden
except ImportError as _error:  # not built: sanitizers, another Python
    _golden = None
    _reason = str(_error)

__all__ = ["accumulate", "accumulate_ideal", "add", "average_pool", "convert", "convolution",
           "dot_product", "lookup", "max_pool", "scale"]

Array = numpy.ndarray
Numbers = Union[int, float, Sequence[float], numpy.ndarray]
Wholes = Union[int, Sequence[int], numpy.ndarray]
Pair = Union[int, Sequence[int]]


def _native():
    if _golden is None:
        raise ImportError(f"leyden.golden needs the extension leyden._golden: {_reason}")
    return _golden


def _pair(value: Pair, name: str) -> list:
    """One number for both directions, or (vertical, horizontal)."""
    values = [value] * 2 if numpy.ndim(value) == 0 else list(value)
    if len(values) != 2:
        raise ValueError(f"{name} holds {len(values)} values, but one or two would be right.")
    return _whole(values, name)


def _four(value: Pair, name: str) -> list:
    """One number for all sides, or (top, left, bottom, right)."""
    values = [value] * 4 if numpy.ndim(value) == 0 else list(value)
    if len(values) != 4:
        raise ValueError(f"{name} holds {len(values)} values, but one or four would be right.")
    return _whole(values, name)


def _whole(values: list, name: str) -> list:
    try:
        return [value.__index__() for value in values]
    except AttributeError:
        raise ValueError(f"{name} holds a value that is no whole number.") from None


def dot_product(codes: Array, weights: Array, *, input_bits: int = 8,
                weight_bits: int = 4) -> Array:
    """Dot products of a macro: ``D = codes @ weights``, exact.

    Parameters
    ----------
    codes : array of M x K whole numbers
        Input codes, 0 to 2^input_bits - 1.
    weights : array of K x N whole numbers
        Two's complement of weight_bits; of a single bit 0 or 1.
    input_bits, weight_bits : int
        1 to 8.

    Returns
    -------
    array of M x N int32
        The dot products.
    """
    return _native().dot_product(codes, weights, input_bits, weight_bits)


def convert(dot_products: Array, *, rows: int, gamma: Numbers = 1.0, beta: Numbers = 0.0,
            input_bits: int = 8, weight_bits: int = 4, output_bits: int = 8, range_shift: int = 0,
            partial: bool = False) -> Array:
    """Codes of conversions with gain and offset (analog batch-norm).

    ``clamp(floor(gamma (v - v_ref) / LSB + beta + 1/2), 0, 2^b - 1)``, where the converter's step
    in units of D is ``rows 2^(input_bits + weight_bits - output_bits - range_shift)``.

    Parameters
    ----------
    dot_products : array of M x N whole numbers
        As `dot_product` gives them.
    rows : int
        Rows that load the line: all of the units in use.
    gamma : float or N floats
        Gain, multiples of 1/256 above 0.
    beta : float or N floats
        Offset in codes, multiples of 1/16.
    input_bits, weight_bits, output_bits : int
        1 to 8.
    range_shift : int
        Full scale is the supply times 2^-range_shift (``cim.converter.range_shift``).
    partial : bool
        Words of a split layer: code - 2^(output_bits - 1).

    Returns
    -------
    array of M x N
        uint8 codes, or int32 words.
    """
    return _native().convert(dot_products, gamma, beta, rows, input_bits, weight_bits, output_bits,
                             range_shift, partial)


def convolution(images: Array, weights: Array, *, gamma: Numbers = 1.0, beta: Numbers = 0.0,
                rows_per_unit: int = 36, input_bits: int = 8, weight_bits: int = 4,
                output_bits: int = 8, range_shift: int = 0, stride: Pair = 1, padding: Pair = 0,
                pad_value: int = 0, dilation: Pair = 1, partial: bool = False,
                exact: bool = False) -> Array:
    """A convolution as one job of the macro: dot products and conversions.

    Parameters
    ----------
    images : array of N x H x W x C whole numbers
        Input codes.
    weights : array of outputs x height x width x C whole numbers
        Of the kernel.
    gamma, beta, input_bits, weight_bits, output_bits, range_shift, partial
        As for `convert`.
    rows_per_unit : int
        ``cim.rows_per_unit``: the kernel's elements are rounded up to whole units, all of whose
        rows load the line.
    stride, dilation : int or (vertical, horizontal)
        In pixels.
    padding : int or (top, left, bottom, right)
        In pixels.
    pad_value : int
        The code that is padded with.
    exact : bool
        With `partial`: the dot products themselves, as fidelity ``ideal`` has them.

    Returns
    -------
    array of N x H x W x outputs
        uint8 codes, or int32 words where `partial`.
    """
    return _native().convolution(
        images, weights, gamma, beta, rows_per_unit, input_bits, weight_bits, output_bits,
        range_shift, _pair(stride, "stride"), _four(padding, "padding"), pad_value,
        _pair(dilation, "dilation"), partial, exact)


def max_pool(images: Array, *, kernel: Pair, stride: Optional[Pair] = None,
             padding: Pair = 0) -> Array:
    """The greatest code of each window; padding never wins.

    Parameters
    ----------
    images : array of N x H x W x C codes
        0 to 255.
    kernel, stride : int or (vertical, horizontal)
        In pixels; the stride is the kernel where it is left out.
    padding : int or (top, left, bottom, right)
        In pixels.

    Returns
    -------
    array of N x H x W x C uint8
        The codes.
    """
    steps = kernel if stride is None else stride
    return _native().max_pool(images, _pair(kernel, "kernel"), _pair(steps, "stride"),
                              _four(padding, "padding"))


def average_pool(images: Array, *, kernel: Pair, stride: Optional[Pair] = None, padding: Pair = 0,
                 multiplier: int = 1, offset: int = 0, shift: int = 0, low: int = 0,
                 high: int = 255) -> Array:
    """``clamp((sum multiplier + offset + half) >> shift)`` of each window, half = 2^(shift-1).

    Parameters
    ----------
    images, kernel, stride, padding
        As for `max_pool`; padding counts as 0.
    multiplier, offset : int
        32 bits, signed.
    shift : int
        0 to 31; half is 0 for a shift of 0.
    low, high : int
        What codes are clamped to.

    Returns
    -------
    array of N x H x W x C uint8
        The codes.
    """
    steps = kernel if stride is None else stride
    return _native().average_pool(images, _pair(kernel, "kernel"), _pair(steps, "stride"),
                                  _four(padding, "padding"), multiplier, offset,
                                  [shift, low, high])


def add(a: Array, b: Array, *, multiplier_a: int = 1, multiplier_b: int = 1, offset: int = 0,
        shift: int = 0, low: int = 0, high: int = 255) -> Array:
    """``clamp((a multiplier_a + b multiplier_b + offset + half) >> shift)``, element by element.

    Parameters
    ----------
    a, b : arrays of codes
        Of one shape.
    multiplier_a, multiplier_b, offset, shift, low, high
        As for `average_pool`.

    Returns
    -------
    array of uint8
        Of the same shape.
    """
    return _native().add(a, b, multiplier_a, multiplier_b, offset, [shift, low, high])


def scale(codes: Array, *, multiplier: Wholes, offset: Wholes = 0, shift: int = 0, low: int = 0,
          high: int = 255) -> Array:
    """Requantises by channel: ``clamp((code multiplier[c] + offset[c] + half) >> shift)``.

    Parameters
    ----------
    codes : array of codes
        Channels last.
    multiplier, offset : int or an int a channel
        32 bits, signed.
    shift, low, high
        As for `average_pool`.

    Returns
    -------
    array of uint8
        Of the same shape.
    """
    return _native().scale(codes, multiplier, offset, [shift, low, high])


def lookup(codes: Array, table: Array) -> Array:
    """``table[code]``: any function of one code.

    Parameters
    ----------
    codes : array of codes
        Of any shape.
    table : array of 256 codes
        The function.

    Returns
    -------
    array of uint8
        Of the same shape.
    """
    return _native().lookup(codes, table)


def accumulate(partials: Array, *, multiplier: Wholes, offset: Wholes = 0, shift: int = 0,
               low: int = 0, high: int = 255) -> Array:
    """Sums the words of a split layer and requantises:
    ``clamp((sum_p partials[p] multiplier[c] + offset[c] + half) >> shift)``.

    Parameters
    ----------
    partials : array of parts x ... x channels int32
        As `convert` gives them with `partial`.
    multiplier, offset, shift, low, high
        As for `scale`.

    Returns
    -------
    array of ... x channels uint8
        The codes.
    """
    return _native().accumulate(partials, multiplier, offset, [shift, low, high])


def accumulate_ideal(partials: Array, *, gamma: Numbers, multiplier: Wholes, offset: Wholes = 0,
                     units: int, rows_per_unit: int, input_bits: int = 8, weight_bits: int = 4,
                     output_bits: int = 8, range_shift: int = 0, shift: int = 0, low: int = 0,
                     high: int = 255) -> Array:
    """The same of exact dot products: what fidelity ``ideal`` computes of a split layer.

    ``clamp(floor((S multiplier[c] + offset[c] + half) / 2^shift))`` with
    ``S = sum_p(D) gamma[c] / LSB_D``, a fraction until the one floor.

    Parameters
    ----------
    partials : array of parts x ... x channels int32
        Dot products.
    gamma : float or a float a channel
        Gain, multiples of 1/256.
    units, rows_per_unit : int
        Units in use of each part, and the rows of one.
    input_bits, weight_bits, output_bits, range_shift
        As for `convert`.
    multiplier, offset, shift, low, high
        As for `scale`.

    Returns
    -------
    array of ... x channels uint8
        The codes.
    """
    return _native().accumulate_ideal(
        partials, gamma, multiplier, offset, units, rows_per_unit, input_bits, weight_bits,
        output_bits, range_shift, [shift, low, high])
