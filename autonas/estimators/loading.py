"""Loading what an estimator's `save` wrote; the format stands in `autonas.estimators.saving`."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np

from autonas.arch import from_json
from autonas.data import schema_from_json, target_from_json
from autonas.errors import SettingError, message
from autonas.estimators.auto_model import AutoModel
from autonas.estimators.base import Estimator
from autonas.estimators.image import ImageClassifier, ImageRegressor
from autonas.estimators.saving import (
    DOCUMENT,
    FORMAT,
    MODEL,
    PLAIN,
    SAMPLE,
    VERSION,
    model_from_bytes,
    sample_from_bytes,
)
from autonas.estimators.structured import StructuredDataClassifier, StructuredDataRegressor
from autonas.estimators.text import TextClassifier, TextRegressor
from autonas.report import Leaderboard, Row

CLASSES: dict[str, type[Estimator]] = {
    kind.__name__: kind
    for kind in (
        *(ImageClassifier, ImageRegressor),
        *(StructuredDataClassifier, StructuredDataRegressor),
        *(TextClassifier, TextRegressor),
        AutoModel,
    )
}


def load(path: str | Path) -> Estimator:
    """Return the fitted estimator that ``save`` wrote. It predicts and exports; ``tuner_`` is not part of it.

    Raises:
        SettingError: ``path`` is no such file, or a later autonas wrote it.
    """
    remedy = "Give a file that an estimator's save wrote"
    if not isinstance(path, str | Path):
        raise SettingError(message("path", "a saved estimator", path, remedy))
    try:
        with zipfile.ZipFile(path) as file:
            document = json.loads(file.read(DOCUMENT))
            model, sample = file.read(MODEL), file.read(SAMPLE)
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise SettingError(message("path", f"a saved estimator ({error})", str(path), remedy)) from error
    if document.get("format") != FORMAT or document.get("version") != VERSION or document.get("class") not in CLASSES:
        received = {name: document.get(name) for name in ("format", "version", "class")}
        raise SettingError(
            message("the saved estimator", f"{FORMAT} of version {VERSION}", received, "Use the autonas that wrote it")
        )
    estimator = CLASSES[document["class"]](**document["params"])
    estimator.schema_ = schema_from_json(document["schema"])
    estimator.target_ = target_from_json(document["target"])
    estimator.architecture_ = from_json(document["architecture"])
    estimator.leaderboard_ = Leaderboard(tuple(Row(**row) for row in document["rows"]), document["objective"])
    for name in PLAIN:
        setattr(estimator, name, document[name])
    for name, value in document.get("columns", {}).items():
        setattr(estimator, name, np.asarray(value, dtype=object) if isinstance(value, list) else value)
    estimator.facts_ = document.get("facts", {})
    estimator.sample_ = sample_from_bytes(sample)
    estimator.model_ = model_from_bytes(model)
    return estimator
