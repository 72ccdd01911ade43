"""The op of a benchmark table: one decision, known by name alone.

What it computes is the table's secret: networks of such ops are looked up, never built. It owns no weights, costs
nothing that we know of, and hands its input's shape on. A table may say what some of its values do: ``absent`` ones
cut the connection, ``identity`` ones hand their input on.
"""

from __future__ import annotations

from autonas.arch.op import Array, Attribute, Attrs, Op, register
from autonas.errors import ArchitectureError


def _names(value: tuple[object, ...]) -> bool:
    return bool(value) and all(type(name) is str for name in value) and len(set(value)) == len(value)


def _maybe_names(value: tuple[object, ...]) -> bool:
    return not value or _names(value)


def _reference(attrs: Attrs, inputs: tuple[Array, ...], weights: tuple[Array, ...]) -> Array:
    raise ArchitectureError(
        f"A choice must be looked up in its table. Received: {attrs['value']!r}, to be computed. "
        "Use a network of ops that say what they compute."
    )


register(
    Op(
        "choice",
        channels="keep",
        sign="loses",
        attributes={
            "value": Attribute(str, "a name, not empty", bool),
            "options": Attribute(tuple, "names that differ, one at least", _names),
            "absent": Attribute(tuple, "names that differ", _maybe_names, default=()),
            "identity": Attribute(tuple, "names that differ", _maybe_names, default=()),
        },
        shape=lambda attrs, inputs: inputs[0],
        flops=lambda attrs, inputs, output: 0,
        reference=_reference,
        words=lambda attrs: str(attrs["value"]),
    )
)
