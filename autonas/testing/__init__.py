"""Contract tests to call from tests: what holds for every op and strategy here must hold for yours.

Each arrives when it is first used: the contract of strategies needs no Keras, that of ops does.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autonas.testing.op_contract import check_op
    from autonas.testing.strategy_contract import STRATEGY_CHECKS, check_exhaustion, check_strategy

__all__ = ["STRATEGY_CHECKS", "check_exhaustion", "check_op", "check_strategy"]

_MODULE_OF = {
    "STRATEGY_CHECKS": "strategy_contract",
    "check_exhaustion": "strategy_contract",
    "check_op": "op_contract",
    "check_strategy": "strategy_contract",
}


def __getattr__(name: str) -> Any:
    """Import a public name at its first use."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'autonas.testing' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"autonas.testing.{_MODULE_OF[name]}"), name)
    return value
