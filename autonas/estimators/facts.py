"""What fit leaves beside the trials for the report: the data, the settings, versions; in the end where the time went
and how the network errs. Texts and counts only, no example of the data."""

from __future__ import annotations

import platform
import warnings
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import keras
import numpy as np

from autonas import __version__
from autonas.data import Dataset
from autonas.data.class_target import ClassTarget
from autonas.data.multi_label_target import MultiLabelTarget
from autonas.data.targets import HeadsTarget, Target
from autonas.errors import DamagedFile, DirectoryError
from autonas.estimators.job import Job
from autonas.estimators.judged import judge
from autonas.report.story import FACTS
from autonas.runtime.files import read_json, set_aside, write_json

WORD, CLASSES = 200, 12  # letters of a setting that are kept; classes that are listed
PACKAGES = ("tensorflow", "keras", "keras-tuner", "numpy", "scipy", "scikit-learn")


def begin(job: Job) -> None:
    """Write what is known before the first trial; what an earlier fit of the same search found at its end stays."""
    path = job.folder / FACTS
    earlier = _stored(path)
    name = job.told.get("class", "Search")
    facts = {
        "title": f"{name}: {_subject(job.data.target)}",
        "data": describe_data(job.data),
        "settings": {key: _said(value) for key, value in job.told.items() if key != "class" and value is not None},
        "versions": versions(),
    }
    write_json(path, {**earlier, **facts})


def end(folder: Path, timing: Mapping[str, float], judged: Mapping[str, Any]) -> dict[str, Any]:
    """Add what is known when fit has ended, and return all of it."""
    path = folder / FACTS
    kept = {key: value for key, value in _stored(path).items() if key not in ("judged", "unjudged")}
    found = {**kept, "timing": dict(timing), **judged}
    try:
        write_json(path, found)
    except (OSError, DirectoryError) as error:  # a full disk, say
        warnings.warn(f"{error} The report on disk lacks how the search ended.", UserWarning, stacklevel=3)
    return found


def judgement(network: keras.Model, data: Dataset, refitted: bool) -> dict[str, Any]:
    """Return the final network's errors on the validation data, or why there are none."""
    if refitted:
        return {"unjudged": "The network was trained on the validation data too, so they cannot tell how it errs."}
    try:
        return {"judged": judge(network, data)}
    except Exception as error:  # noqa: BLE001 - such as no memory: no fit is lost to its report
        return {"unjudged": f"Looking at the errors must work. Received: {type(error).__name__}: {error}."}


def describe_data(data: Dataset) -> dict[str, str]:
    """Return what the data are, in words by name."""
    shape = data.schema.shape
    shapes = shape.items() if isinstance(shape, dict) else [("shape of an example", shape)]
    found = {
        "kind": data.schema.kind,
        "training examples": f"{len(data.train):,}",
        "validation examples": f"{len(data.validation):,}",
        **{str(name): "×".join(map(str, extent)) for name, extent in shapes},
    }
    heads = data.target.heads if isinstance(data.target, HeadsTarget) else {"target": data.target}
    for name, head in heads.items():
        found[name] = _subject(head)
    if isinstance(data.target, ClassTarget):
        found |= _shares(data.target, data.train.y)
    return found


def versions() -> dict[str, str]:
    """Return the versions of what the search ran on."""
    return {
        "autonas": __version__,
        "Python": platform.python_version(),
        **{name: version(name) for name in PACKAGES},
        "machine": f"{platform.system()} {platform.machine()}",
    }


def _stored(path: Path) -> dict[str, Any]:
    """Return what is there; a damaged file is set aside, as no search should end for its report."""
    if not path.is_file():
        return {}
    try:
        return dict(read_json(path))
    except DamagedFile as error:
        set_aside(path, error, "the report does without what it said")
        return {}


def _subject(target: Target) -> str:
    if isinstance(target, HeadsTarget):
        return f"{len(target.heads)} outputs"
    if isinstance(target, MultiLabelTarget):
        return f"{target.n_classes} labels, several an example"
    if isinstance(target, ClassTarget):
        return f"{target.n_classes} classes"
    return "one number" if target.n_outputs == 1 else f"{target.n_outputs} numbers"


def _shares(target: ClassTarget, codes: Any) -> dict[str, str]:
    counts = np.bincount(np.asarray(codes), minlength=target.n_classes)
    order = np.argsort(-counts, kind="stable")[:CLASSES]
    listed = ", ".join(
        f"{str(target.classes_[place])[:30]} {100 * counts[place] / counts.sum():.1f} %" for place in order
    )
    return {"largest classes" if target.n_classes > CLASSES else "classes in training": listed}


def _said(value: object) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= WORD else f"{text[:WORD]} ..."
