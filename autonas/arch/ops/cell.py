"""The recurrent cell of ENAS (Pham et al. 2018, arXiv 1802.03268, section 2.1): nodes in a row, each a highway over one
before it.

======== ============================================================================ =============
symbol   meaning                                                                      shape
======== ============================================================================ =============
x, h     input and state of a step                                                    (n, d), (n, u)
Wx, Wh   kernels of node 1: a gate and a candidate, side by side                      (d, 2u), (u, 2u)
W_l      kernel of node l, the same                                                   (u, 2u)
j_l, a_l which node l reads (counted from 1, j_l < l), and its activation
======== ============================================================================ =============

    node 1:  [g, z] = x Wx + h Wh;   h_1 = sigmoid(g) a_1(z) + (1 - sigmoid(g)) h
    node l:  [g, z] = h_j W_l;       h_l = sigmoid(g) a_l(z) + (1 - sigmoid(g)) h_j

The new state is the mean of the nodes that no other reads (``ends``), as in the paper, or of ``all``, as in later
recipes (ALGORITHMS section 2, trap 6). Where it reads ids as a second input, it stands still at padding.

There are two forms. ``enas_cell`` is unrolled in Keras, into plain layers that load without autonas. ``enas_rnn``
computes the same as one recurrent layer, whose state may go on from batch to batch, as language models need.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

from autonas.arch.op import Array, Attribute, Attrs, Op, Shape, WeightSpec, flag, register
from autonas.arch.ops.masking import check_ids, real

ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0),
    "identity": lambda z: z,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
}


def ends(previous: tuple[int, ...], mean: str) -> tuple[int, ...]:
    """Return the nodes, counted from 0, that the state is the mean of.

    Args:
        previous: what node 2 and those after it read, counted from 1.
        mean: ``ends`` or ``all``.
    """
    nodes = range(len(previous) + 1)
    return tuple(place for place in nodes if mean == "all" or place + 1 not in previous)


def _shape(attrs: Attrs, inputs: tuple[Shape, ...]) -> Shape:
    if len(inputs[0]) != 2:
        raise ValueError(f"an ENAS cell takes a sequence (length, channels). Received: {inputs[0]}")
    check_ids("enas_cell", inputs)
    previous, activations = attrs["previous"], attrs["activations"]
    wrong = [place for place, read in enumerate(previous, 2) if not 1 <= read < place]  # type: ignore[arg-type,operator]
    if wrong or len(activations) != len(previous) + 1:  # type: ignore[arg-type]
        said = f"previous {previous} and activations {activations}"
        raise ValueError(f"an ENAS cell takes an activation a node, and before each but the first a node. Got {said}")
    units = int(attrs["units"])  # type: ignore[arg-type]
    return (inputs[0][0], units) if attrs["sequences"] else (units,)


def _weights(attrs: Attrs, inputs: tuple[Shape, ...]) -> tuple[WeightSpec, ...]:
    units = int(attrs["units"])  # type: ignore[arg-type]
    nodes = range(2, len(attrs["activations"]) + 1)  # type: ignore[arg-type]
    return (
        WeightSpec("kernel", (inputs[0][-1], 2 * units), ("in", "gates"), "glorot"),
        WeightSpec("recurrent_kernel", (units, 2 * units), ("own", "gates"), "recurrent"),
        *(WeightSpec(f"kernel_{place}", (units, 2 * units), ("own", "gates"), "recurrent") for place in nodes),
    )


def _run(attrs: Attrs, inputs: tuple[Array, ...], weights: tuple[Array, ...]) -> Array:
    kernel, recurrent, *others = weights
    previous, activations = tuple(attrs["previous"]), tuple(attrs["activations"])  # type: ignore[arg-type]
    read = inputs[0] @ kernel
    kept = real(inputs[1]) if len(inputs) > 1 else np.ones((*read.shape[:2], 1), bool)
    state = np.zeros((len(read), recurrent.shape[0]), read.dtype)
    outputs = []
    for step in range(read.shape[1]):
        nodes = [_highway(state, read[:, step] + state @ recurrent, str(activations[0]))]
        for place, own in enumerate(others):
            before = nodes[int(previous[place]) - 1]  # type: ignore[call-overload]
            nodes.append(_highway(before, before @ own, str(activations[place + 1])))
        new = np.mean([nodes[place] for place in ends(previous, str(attrs["mean"]))], axis=0)  # type: ignore[arg-type]
        state = np.where(kept[:, step], new, state)
        outputs.append(state)
    return np.stack(outputs, axis=1) if attrs["sequences"] else state


def _highway(before: Array, pair: Array, activation: str) -> Array:
    gate, candidate = np.split(pair, 2, axis=-1)
    gate = 1 / (1 + np.exp(-gate))
    moved: Array = gate * ACTIVATIONS[activation](candidate) + (1 - gate) * before
    return moved


def _flops(attrs: Attrs, inputs: tuple[Shape, ...], output: Shape) -> int:
    units, nodes = int(attrs["units"]), len(attrs["activations"])  # type: ignore[arg-type]
    return 2 * inputs[0][0] * 2 * units * (inputs[0][1] + units * nodes)


def _words(attrs: Attrs) -> str:
    before = ("", *(f"({place})" for place in attrs["previous"]))  # type: ignore[union-attr]
    nodes = (f"{name}{read}" for name, read in zip(attrs["activations"], before, strict=True))  # type: ignore[arg-type]
    return f"cell {attrs['units']}: {' '.join(nodes)}"


UNROLLED = register(
    Op(
        "enas_cell",
        channels="fixed",
        sign="loses",
        width="units",
        arity=(1, 2),
        ids=(1,),
        attributes={
            "units": Attribute(int, "an int >= 1", lambda value: bool(value >= 1)),
            "previous": Attribute(tuple, "ints >= 1", lambda value: all(type(each) is int for each in value)),
            "activations": Attribute(
                tuple, f"names among {tuple(ACTIVATIONS)}", lambda value: bool(value) and set(value) <= set(ACTIVATIONS)
            ),
            "mean": Attribute(str, "'ends' or 'all'", lambda value: value in ("ends", "all"), "ends"),
            "sequences": flag(False),
        },
        shape=_shape,
        weights=_weights,
        flops=_flops,
        reference=_run,
        words=_words,
    )
)
register(dataclasses.replace(UNROLLED, name="enas_rnn"))
