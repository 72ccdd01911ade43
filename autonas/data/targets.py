"""The target encoders by one name, and the way back from what a saved file holds."""

from collections.abc import Mapping
from typing import Any

from autonas.data.class_target import ClassTarget
from autonas.data.heads_target import HeadsTarget
from autonas.data.multi_label_target import MultiLabelTarget
from autonas.data.regression_target import RegressionTarget
from autonas.errors import DataError, message

__all__ = ["ClassTarget", "HeadsTarget", "MultiLabelTarget", "RegressionTarget", "Target", "target_from_json"]

Target = ClassTarget | HeadsTarget | MultiLabelTarget | RegressionTarget

_KINDS: dict[str, type[Any]] = {
    "heads": HeadsTarget,
    "class": ClassTarget,
    "multi_label": MultiLabelTarget,
    "regression": RegressionTarget,
}


def target_from_json(state: Mapping[str, Any]) -> Target:
    """Return the encoder that `to_json` of either kind wrote."""
    kind = state.get("kind")
    if kind not in _KINDS:
        expected = f"one of {', '.join(_KINDS)}"
        raise DataError(message("kind of target", expected, kind, "Load the file with the version that wrote it"))
    return _KINDS[kind].from_json(state)
