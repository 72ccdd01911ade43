"""What a file format must bring to be exported to. To add one: write these functions, and enter it in FORMATS.

A format never judges itself: `export` has it write and read back, compares, and only then moves the result into place.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from autonas.data.rows import Rows
from autonas.export.labels import Label


def stacked(outputs: Any) -> NDArray:
    """Return what a model gives as one array (n, k): of several heads, side by side in the order of their names."""
    if isinstance(outputs, dict):
        return np.concatenate([np.asarray(outputs[name]) for name in sorted(outputs)], axis=1)
    return np.asarray(outputs)


@dataclass(frozen=True)
class Format:
    """One way to put an assembled model on disk."""

    suffixes: tuple[str, ...]  # what its paths end in, the usual one first; "" for a folder
    write: Callable[[keras.Model, Path, Rows], None]  # model, path, sample of raw x; the path does not exist
    read: Callable[[Path, Rows], dict[str, NDArray]]  # what each way into the file gives for the sample
    labels: Callable[[Path], list[Label] | None]  # as one without autonas reads them
    owns: Callable[[Path], bool]  # is what stands there this format and nothing else, so that it may be overwritten?
    beside: Callable[[Path], tuple[Path, ...]] = lambda path: ()  # files that stand next to it and go with it
