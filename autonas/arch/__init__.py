"""Architecture as data: ops, graphs, content ids, JSON, starters, and a numpy reference.

Imports numpy and nothing heavier.
"""

from autonas.arch.architecture import Architecture, Node, node, prune
from autonas.arch.identity import content_id
from autonas.arch.interpreter import interpret, trace
from autonas.arch.op import OPS, Op, WeightSpec, register
from autonas.arch.serialisation import from_json, to_json
from autonas.arch.weights import Weights, check_weights, initial_weights

__all__ = [
    "OPS",
    "Architecture",
    "Node",
    "Op",
    "WeightSpec",
    "Weights",
    "check_weights",
    "content_id",
    "from_json",
    "initial_weights",
    "interpret",
    "node",
    "prune",
    "register",
    "to_json",
    "trace",
]
