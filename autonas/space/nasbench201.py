"""NAS-Bench-201 (Dong & Yang 2020, arXiv 2001.00326): a cell of four nodes and six edges, one of five ops on each.

A cell is written ``|op~0|+|op~0|op~1|+|op~0|op~1|op~2|``: the edges into nodes 1, 2 and 3, each with the node it comes
from. The graph has an op node for every edge, ``none`` too, and an add for every node that several edges enter. No two
assignments of the edges give the same graph, because the skeleton maps onto itself in one way only: 15,625 rows,
15,625 content ids. That is wanted. Cells that compute the same (a dead branch, nodes swapped) were trained each for
itself, with scores of their own, so that each row is a query.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from autonas.arch import Architecture, node
from autonas.errors import SettingError, message
from autonas.space.adjacency import Choices
from autonas.space.table import TableSpace

OPS = ("avg_pool_3x3", "none", "nor_conv_1x1", "nor_conv_3x3", "skip_connect")
ABSENT, IDENTITY = ("none",), ("skip_connect",)
"""What two of the ops do."""

EDGES = ((0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3))
"""From which node to which, as a cell lists them."""

_CELL = re.compile(r"\|(\w+)~0\|\+\|(\w+)~0\|(\w+)~1\|\+\|(\w+)~0\|(\w+)~1\|(\w+)~2\|")


def nasbench201(scores: Mapping[str, tuple[float, float]]) -> TableSpace:
    """Return the space of the cells in ``scores``: cell -> (signal, report).

    Raises:
        SettingError: a name is no cell, an op is unknown, or a score is not finite.
    """
    return TableSpace({read_cell(cell): pair for cell, pair in scores.items()}, cell_network)


def read_cell(cell: str) -> Choices:
    """Return the ops of a cell, in the order of `EDGES`."""
    match = _CELL.fullmatch(cell)
    if match is None or not set(match.groups()) <= set(OPS):
        expected = f"written |op~0|+|op~0|op~1|+|op~0|op~1|op~2| with ops among {OPS}"
        raise SettingError(message("a cell", expected, cell, "Use NAS-Bench-201's own strings"))
    return match.groups()


def cell_network(choices: Choices, options: tuple[str, ...] = OPS) -> Architecture:
    """Return the graph of a cell: node 0 is ``input``, node 3 is ``sum_3``."""
    state, nodes = ["input"], [node("input", "input", shape=(1,))]
    ops = dict(zip(EDGES, choices, strict=True))
    for end in (1, 2, 3):
        edges = [f"edge_{start}_{end}" for start in range(end)]
        nodes += [
            node(id, "choice", state[start], value=ops[start, end], options=options, absent=ABSENT, identity=IDENTITY)
            for start, id in enumerate(edges)
        ]
        if end > 1:
            nodes.append(node(f"sum_{end}", "add", edges))
        state.append(nodes[-1].id)
    return Architecture(tuple(nodes), (state[-1],))
