"""What a command has to say in the end: as JSON where that is asked for, else as text."""

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Answer:
    """Both forms of an answer."""

    data: dict[str, Any]
    text: str

    def shown(self, as_json: bool) -> str:
        """Return what to write to the standard output."""
        return json.dumps(self.data, default=_plain, ensure_ascii=False) if as_json else self.text


def _plain(value: Any) -> Any:
    """Return what JSON has not as what it has: sets as sorted lists, NumPy's values as Python's, paths as text."""
    if isinstance(value, set | frozenset):
        return sorted(value)
    return value.tolist() if hasattr(value, "tolist") else str(value)
