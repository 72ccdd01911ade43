"""How the final network errs on the validation data, counted at the end of fit: the data are not kept, the counts are.

One dict a head, JSON-able, by ``kind``:

``confusion``  ``labels`` and ``counts`` [truth, prediction, how often], without zeros; above `DRAWN` classes only the
               most frequent errors and ``drawn`` False
``labels``     ``counts`` [label, found, missed, wrongly said] of several labels an example
``residuals``  ``pairs`` [truth, prediction] of some examples, ``quantiles`` of absolute errors, ``mae``, ``r2``
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from sklearn.metrics import confusion_matrix, mean_absolute_error, r2_score

from autonas.data import Dataset, Part
from autonas.data.class_target import ClassTarget
from autonas.data.heads_target import HeadsTarget, own_codes
from autonas.data.multi_label_target import MultiLabelTarget
from autonas.data.pipelines import network_input
from autonas.data.rows import Rows, count, take
from autonas.data.schema import Schema
from autonas.data.targets import Target
from autonas.runtime.compile import input_names

MOST = 2000  # validation examples looked at: a second or less
BATCH = 250
DRAWN, LISTED, DOTS = 20, 30, 500  # classes that a matrix may have; errors, and examples, that are kept
QUANTILES = (50, 90, 95, 100)

Floats = npt.NDArray[np.floating[Any]]


def judge(network: keras.Model, data: Dataset) -> list[dict[str, Any]]:
    """Return what ``network`` gets right and wrong of at most `MOST` validation examples, a dict a head."""
    part, of = _some(data.validation), len(data.validation)
    given = _given(network, part.x, data.schema)
    facts = {"examples": len(part), "of": of}
    return [{**found, **facts} for found in _heads(data.target, part.y, given)]


def _given(network: keras.Model, rows: Rows, schema: Schema) -> Floats:
    """Return logits or values (n, k). Nothing is traced: that would take longer than these few batches."""
    chunks = (take(rows, slice(at, at + BATCH)) for at in range(0, count(rows), BATCH))
    found = [network(network_input(chunk, schema, input_names(network)), training=False) for chunk in chunks]
    return np.concatenate([keras.ops.convert_to_numpy(each) for each in found])


def _some(part: Part) -> Part:
    if len(part) <= MOST:
        return part
    chosen = np.sort(np.random.default_rng(0).choice(len(part), MOST, replace=False))
    return Part(take(part.x, chosen), part.y[chosen])


def _heads(target: Target, truth: npt.NDArray[Any], given: Floats) -> Iterator[dict[str, Any]]:
    if isinstance(target, HeadsTarget):
        for name, where in target.slices.items():
            head = target.heads[name]
            yield from _head(name, head, own_codes(head, truth[:, where]), given[:, where])
        return
    yield from _head("output", target, truth, given)


def _head(name: str, target: Any, truth: npt.NDArray[Any], given: Floats) -> Iterator[dict[str, Any]]:
    if isinstance(target, ClassTarget):
        yield {"name": name, **_confusion(target.classes_.tolist(), truth, given.argmax(axis=1))}
    elif isinstance(target, MultiLabelTarget):
        yield {"name": name, **_labels(target.classes_.tolist(), truth == 1, given >= 0)}
    else:
        scale, mean = np.asarray(target.scale), np.asarray(target.mean)
        for column in range(len(target.mean)):
            true, said = (each[:, column] * scale[column] + mean[column] for each in (truth, given))
            of = f"{name} {column}" if len(target.mean) > 1 else name
            yield {"name": of, "column": len(target.mean) > 1, **_residuals(true, said)}


def _confusion(labels: list[Any], truth: npt.NDArray[Any], said: npt.NDArray[Any]) -> dict[str, Any]:
    matrix = confusion_matrix(truth, said, labels=range(len(labels)))
    counts = [[int(row), int(column), int(matrix[row, column])] for row, column in np.argwhere(matrix)]
    drawn = len(labels) <= DRAWN
    right = int(np.trace(matrix))
    names = [str(label) for label in labels]
    if not drawn:
        wrong = sorted((row for row in counts if row[0] != row[1]), key=lambda row: -row[2])[:LISTED]
        kept = sorted({place for row in wrong for place in row[:2]})
        counts = [[kept.index(true), kept.index(guess), count] for true, guess, count in wrong]
        names = [names[place] for place in kept]
    facts = {"labels": names, "counts": counts, "classes": len(labels), "drawn": drawn, "right": right}
    return {"kind": "confusion", **facts}


def _labels(labels: list[Any], truth: npt.NDArray[Any], said: npt.NDArray[Any]) -> dict[str, Any]:
    found, missed, wrong = ((each).sum(axis=0).tolist() for each in (truth & said, truth & ~said, ~truth & said))
    counts = [[str(name), *row] for name, *row in zip(labels, found, missed, wrong, strict=True)]
    return {"kind": "labels", "counts": counts}


def _residuals(truth: Floats, said: Floats) -> dict[str, Any]:
    error = np.abs(truth - said)
    step = max(len(truth) // DOTS, 1)
    return {
        "kind": "residuals",
        "pairs": np.stack([truth, said], axis=1)[::step][:DOTS].tolist(),
        "quantiles": {str(share): float(np.percentile(error, share)) for share in QUANTILES},
        "mae": float(mean_absolute_error(truth, said)),
        "r2": float(r2_score(truth, said)) if len(truth) > 1 else 0.0,
    }
