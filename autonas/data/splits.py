"""Parts of a dataset, and the split into training and validation.

Notation: n samples, k classes. A stratified split keeps the classes' shares in both parts. Where that cannot be (a
class of one sample, fewer validation samples than classes, so few training samples that a class would be missing),
one sample of each class is set aside for training and validation is drawn from the others: every class can be
learned, in every case.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split

from autonas.data.disk import DiskArray
from autonas.data.rows import Rows, count, take
from autonas.errors import SettingError, message

VALIDATION_BYTES = 128 * 2**20  # of what is held of a stream to validate on; training streams
MOST_SHARE, LEAST_SHARE, ENOUGH = 0.2, 0.1, 1000  # what validates by default: see `default_share`


@runtime_checkable
class Splitter(Protocol):
    """A scikit-learn splitter, such as `ShuffleSplit` or `PredefinedSplit`; its first split is used."""

    def split(self, x: Any, y: Any) -> Iterable[tuple[Any, Any]]:
        """Yield row numbers (train, validation)."""

    def get_n_splits(self, x: Any, y: Any) -> int:
        """Return how many splits there are."""


Share = float | Splitter | Literal["auto"]


@dataclass(frozen=True, eq=False)
class Part:
    """Samples with encoded targets: codes (n,) int32 or standardised numbers (n, k) float32."""

    x: Rows  # what `Schema.encode` gives; a DiskArray to train on what is larger than memory
    y: NDArray[Any]
    weight: NDArray[np.float32] | None = None  # (n,); None means that all count alike

    def __len__(self) -> int:
        return count(self.x)


def split(
    x: Rows,
    y: NDArray[Any],
    weight: NDArray[np.float32] | None,
    *,
    validation_split: Share,
    stratify: bool,
    seed: int | None,
) -> tuple[Part, Part]:
    """Return (train, validation), shuffled by the seed; each sample is copied once, into one of them.

    `stratify` asks that y holds class codes. Raises SettingError where either part would be empty.
    """
    share = default_share(count(x)) if validation_split == "auto" else validation_split
    share = bounded_share(x, share) if isinstance(share, float) else share
    train, validation = split_indices(y, count(x), validation_split=share, stratify=stratify, seed=seed)
    return _take(x, y, weight, train), _loaded(_take(x, y, weight, validation))


def default_share(n: int) -> float:
    """Return the share that validates where nobody says: a fifth of few samples, a tenth of many.

    Of 5,000 to 10,000 samples it is 1,000: enough to tell apart networks that are 2 % apart, and what trains more makes
    better networks. Large benchmarks hold back a tenth too (45,000 and 5,000 of CIFAR-10: Zoph & Le 2016).
    """
    return min(MOST_SHARE, max(LEAST_SHARE, ENOUGH / n))


def bounded_share(x: Any, share: float) -> float:
    """Return the share that validates: less than asked for where x is on disk and it would not fit in memory."""
    return min(share, VALIDATION_BYTES / x.nbytes) if isinstance(x, DiskArray) else share


def held(part: Part, *, stratify: bool, seed: int | None) -> Part:
    """Return a part in memory: of one on disk, as much as fits, drawn as validation parts are drawn."""
    if not isinstance(part.x, DiskArray):
        return part
    fitting = max(VALIDATION_BYTES // part.x.row_bytes, 1)
    if fitting < len(part):
        share = fitting / len(part)
        _, rows = split_indices(part.y, len(part), validation_split=share, stratify=stratify, seed=seed)
        part = _take(part.x, part.y, part.weight, rows)
    return _loaded(part)


def _loaded(part: Part) -> Part:
    return replace(part, x=part.x[:]) if isinstance(part.x, DiskArray) else part


def split_indices(
    y: NDArray[Any], n: int, *, validation_split: Share, stratify: bool, seed: int | None
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return row numbers of (train, validation), sorted: copies are faster, and batches are shuffled later."""
    if isinstance(validation_split, Splitter):
        return _split_by(validation_split, y, n)
    size = _validation_size(n, validation_split)
    rng = np.random.default_rng(seed)
    if stratify:
        validation = _stratified(y, size, rng)
    else:
        validation = rng.permutation(n)[:size]
    train = np.setdiff1d(np.arange(n), validation, assume_unique=True)
    return train, np.sort(validation)


def _validation_size(n: int, validation_split: object) -> int:
    """Return how many samples validate: at least one, where the share asks for half of one or more."""
    if not isinstance(validation_split, Real) or not 0 < validation_split < 1:
        remedy = 'Use a share such as 0.2, "auto" or a scikit-learn splitter, or give validation_data'
        raise SettingError(message("validation_split", "above 0 and below 1", validation_split, remedy))
    size = round(n * validation_split)
    if not 0 < size < n:
        said = "validation_split must leave samples for training and for validation."
        remedy = "Use another share, more samples, or validation_data"
        raise SettingError(f"{said} Received: {validation_split} of {n} samples. {remedy}.")
    return size


def _split_by(splitter: Splitter, y: NDArray[Any], n: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the rows of a splitter's first split. Raises SettingError where it cannot split these samples."""
    remedy = "Use another splitter, a share such as 0.2, or validation_data"
    try:
        train, validation = next(iter(splitter.split(np.zeros((n, 1)), y)))
    except (ValueError, TypeError, StopIteration) as error:
        raise SettingError(
            message("validation_split", f"able to split {n} samples ({error})", splitter, remedy)
        ) from error
    rows = np.asarray(train), np.asarray(validation)
    if any(len(each) == 0 or each.min() < 0 or each.max() >= n for each in rows) or np.intersect1d(*rows).size:
        raise SettingError(message("validation_split", "two sets of rows that do not meet", splitter, remedy))
    return np.sort(rows[0]), np.sort(rows[1])


def _stratified(codes: NDArray[Any], size: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Return the rows that validate: in the classes' shares where possible, and never the whole of a class."""
    counts = np.unique(codes, return_counts=True)[1]
    k, n = len(counts), len(codes)
    if counts.min() >= 2 and size >= k and n - size >= k:
        state = int(rng.integers(2**31))
        train, validation = train_test_split(np.arange(n), test_size=size, stratify=codes, random_state=state)
        if len(np.unique(codes[train])) == k:
            return np.asarray(validation)
    return _beside_one_of_each(codes, size, rng)


def _beside_one_of_each(codes: NDArray[Any], size: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Return at most `size` rows drawn at random, after one of each class has been set aside."""
    order = rng.permutation(len(codes))
    set_aside = np.unique(codes[order], return_index=True)[1]
    free = np.delete(order, set_aside)
    if not len(free):
        said = "validation needs a class of at least two samples, as training keeps one of each class."
        raise SettingError(f"{said} Received: {len(codes)} samples of as many classes. Use validation_data.")
    return free[:size]


def _take(x: Rows, y: NDArray[Any], weight: NDArray[np.float32] | None, rows: NDArray[np.intp]) -> Part:
    return Part(take(x, rows), y[rows], None if weight is None else weight[rows])
