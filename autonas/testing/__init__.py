"""Contract tests to call from tests: what holds for every op here must hold for an op of your own."""

from autonas.testing.op_contract import check_op

__all__ = ["check_op"]
