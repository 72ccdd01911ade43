"""Starter networks for images and for tables: where a search begins.

Each returns logits (or values) and takes its width as a setting, so that it can fit data and time.
"""

from __future__ import annotations

from collections.abc import Callable

from autonas.arch.architecture import Architecture
from autonas.arch.drawing import Drawing
from autonas.arch.op import Shape


class _Drawing(Drawing):
    """A drawing that knows the blocks of image networks."""

    def __init__(self, shape: Shape) -> None:
        super().__init__("input", shape)

    def conv(self, filters: int, relu: bool = True, stride: int = 1) -> str:
        """Draw conv 3x3, batch norm and, unless told otherwise, ReLU."""
        self.put("conv", filters=filters, kernel=3, stride=stride, bias=False)
        self.put("batch_norm")
        return self.put("relu") if relu else self.last

    def residual(self, filters: int) -> str:
        """Draw two convs around which the newest node is added (He et al. 2016)."""
        entry = self.last
        self.conv(filters)
        inner = self.conv(filters, relu=False)
        self.put("add", (entry, inner))
        return self.put("relu")

    def head(self, outputs: int, dropout: float = 0.0) -> Architecture:
        """Draw global pool, dropout and the last dense layer."""
        self.put("global_avg_pool")
        if dropout:
            self.put("dropout", rate=dropout)
        return self.end(outputs)


def plain_cnn(shape: Shape, outputs: int, width: int = 32) -> Architecture:
    """Three times conv, batch norm, ReLU, pool; then a global pool and two dense layers (after Jin et al. 2018).

    Args:
        shape: (height, width, channels) of an image.
        outputs: number of logits or values.
        width: filters of the first conv; they double at every pool.
    """
    draw = _Drawing(shape)
    for level in range(3):
        draw.conv(width * 2**level)
        if min(_size(draw)) >= 4:
            draw.put("max_pool")
    draw.put("global_avg_pool")
    draw.put("dropout", rate=0.25)
    draw.put("dense", units=width * 4)
    draw.put("relu")
    return draw.end(outputs)


def residual_cnn(shape: Shape, outputs: int, width: int = 16) -> Architecture:
    """Three levels of conv, pool and a residual block (He et al. 2016).

    They pool early, because that is where the operations are (after Page 2018).
    Images above 64 pixels are first halved by convs of stride 2.

    Args:
        shape: (height, width, channels) of an image.
        outputs: number of logits or values.
        width: filters of the first level; they double at every level.
    """
    draw = _Drawing(shape)
    while min(_size(draw)) > 64:
        draw.conv(width, stride=2)
    for level in range(3):
        draw.conv(width * 2**level)
        if min(_size(draw)) >= 8:
            draw.put("max_pool")
        draw.residual(width * 2**level)
    return draw.head(outputs)


def separable_cnn(shape: Shape, outputs: int, width: int = 32) -> Architecture:
    """Separable convs (Howard et al. 2017) with factorized reductions between levels: few parameters and operations.

    Args:
        shape: (height, width, channels) of an image.
        outputs: number of logits or values.
        width: filters of the stem; they double at every level.
    """
    draw = _Drawing(shape)
    draw.conv(width)
    for level in range(1, 3):
        draw.put("separable_conv", filters=width * 2**level, bias=False)
        draw.put("batch_norm")
        draw.put("relu")
        if min(_size(draw)) >= 4:
            draw.put("factorized_reduction", filters=width * 2**level)
            draw.put("batch_norm")
            draw.put("relu")
    return draw.head(outputs, dropout=0.1)


def dense_cnn(shape: Shape, outputs: int, width: int = 4, layers: int = 2) -> Architecture:
    """A DenseNet-BC (Huang et al. 2017): three blocks of dense layers, between them convs 1x1 that halve, and pools.

    Args:
        shape: (height, width, channels) of an image.
        outputs: number of logits or values.
        width: growth: filters of a dense layer, whose bottleneck has four times as many.
        layers: of a block.
    """
    draw = _Drawing(shape)
    stack = draw.put("conv", filters=2 * width, kernel=3, bias=False)
    for block in range(3):
        if block:
            draw.put("batch_norm")
            draw.put("relu")
            draw.put("conv", filters=max(_channels(draw) // 2, 1), kernel=1, bias=False)
            stack = draw.put("avg_pool") if min(_size(draw)) >= 4 else draw.last
        for _ in range(layers):
            stack = _dense_layer(draw, stack, width)
    draw.put("batch_norm")
    draw.put("relu")
    return draw.head(outputs)


def _dense_layer(draw: _Drawing, stack: str, growth: int) -> str:
    """Draw a dense layer over ``stack`` and return the higher stack."""
    draw.put("batch_norm", stack)
    draw.put("relu")
    draw.put("conv", filters=4 * growth, kernel=1, bias=False)
    draw.put("batch_norm")
    draw.put("relu")
    draw.put("conv", filters=growth, kernel=3, bias=False)
    return draw.put("concat", (stack, draw.last))


def perceptron(shape: Shape, outputs: int, width: int = 64) -> Architecture:
    """Flatten and two hidden dense layers.

    Args:
        shape: shape of one example, any rank.
        outputs: number of logits or values.
        width: units of each hidden layer.
    """
    draw = _vector(shape)
    for _ in range(2):
        draw.put("dense", units=width)
        draw.put("relu")
    return draw.end(outputs)


def linear(shape: Shape, outputs: int, width: int = 1) -> Architecture:
    """One dense layer: logistic or linear regression, which small tables often ask for.

    Args:
        shape: shape of one example, any rank.
        outputs: number of logits or values.
        width: has no part in it; there so that all starters are called alike.
    """
    return _vector(shape).end(outputs)


def dropout_perceptron(shape: Shape, outputs: int, width: int = 64) -> Architecture:
    """Two hidden dense layers, each with ReLU and dropout.

    Args:
        shape: shape of one example, any rank.
        outputs: number of logits or values.
        width: units of each hidden layer.
    """
    draw = _vector(shape)
    for _ in range(2):
        draw.put("dense", units=width)
        draw.put("relu")
        draw.put("dropout", rate=0.2)
    return draw.end(outputs)


def residual_perceptron(shape: Shape, outputs: int, width: int = 64) -> Architecture:
    """A dense layer, two residual blocks of dense layers with batch norm and dropout, and the last dense layer.

    After the ResNet for tables of Gorishniy et al. 2021 (Revisiting Deep Learning Models for Tabular Data).

    Args:
        shape: shape of one example, any rank.
        outputs: number of logits or values.
        width: units of each hidden layer.
    """
    draw = _vector(shape)
    draw.put("dense", units=width, bias=False)
    draw.put("batch_norm")
    entry = draw.put("relu")
    for _ in range(2):
        draw.put("dense", units=width, bias=False)
        draw.put("batch_norm")
        draw.put("relu")
        draw.put("dropout", rate=0.2)
        draw.put("dense", units=width, bias=False)
        inner = draw.put("batch_norm")
        draw.put("add", (entry, inner))
        entry = draw.put("relu")
    return draw.end(outputs)


STARTERS: dict[str, Callable[..., Architecture]] = {
    "plain_cnn": plain_cnn,
    "residual_cnn": residual_cnn,
    "separable_cnn": separable_cnn,
    "perceptron": perceptron,
    "dropout_perceptron": dropout_perceptron,
    "residual_perceptron": residual_perceptron,
}
"""Every starter that edits lead on from, by name: ``(shape, outputs, width) -> Architecture``."""


def _vector(shape: Shape) -> _Drawing:
    """Begin with the input as a vector."""
    draw = _Drawing(shape)
    if len(shape) > 1:
        draw.put("flatten")
    return draw


def _channels(draw: _Drawing) -> int:
    """Channels of the newest node."""
    return Architecture(tuple(draw.nodes), (draw.last,)).shapes[draw.last][-1]


def _size(draw: _Drawing) -> Shape:
    """Height and width of the newest node's image."""
    return Architecture(tuple(draw.nodes), (draw.last,)).shapes[draw.last][:2]
