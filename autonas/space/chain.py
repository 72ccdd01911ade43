"""Chains: a choice a layer, one letter each, of any length and alphabet, as in ``02012100``.

In many such tables a letter means "no layer", so that one network stands in several rows: ``1020`` and ``1200`` are
the same where ``0`` does nothing. Which letter that is, and between which layers it may move, the table does not say,
and it is not guessed: rows with the same letters in another order and exactly equal scores, signal and report, are
taken for one network. Equal scores alone would also join networks that merely score alike (everything that fails to
learn scores the same); the same letters alone would join most of the table. Should two different networks still be
joined, they are two of which a query would have told the same. Names of one network share its neighbours: what one
letter away from any of them is one step away.
"""

from __future__ import annotations

from collections.abc import Mapping

from autonas.arch import Architecture, node
from autonas.space.adjacency import Choices
from autonas.space.table import TableSpace


def chain(scores: Mapping[str, tuple[float, float]]) -> TableSpace:
    """Return the space of the strings in ``scores``: string -> (signal, report).

    Raises:
        SettingError: the strings are not equally long, or a score is not finite.
    """
    return TableSpace({tuple(name): pair for name, pair in scores.items()}, chain_network, letters)


def letters(choices: Choices) -> Choices:
    """Return the letters of a name, whatever their order."""
    return tuple(sorted(choices))


def chain_network(choices: Choices, options: tuple[str, ...]) -> Architecture:
    """Return the graph of a chain: its layers one after the other."""
    nodes = [node("input", "input", shape=(1,))]
    for number, value in enumerate(choices):
        nodes.append(node(f"layer_{number}", "choice", nodes[-1].id, value=value, options=options))
    return Architecture(tuple(nodes), (nodes[-1].id,))
