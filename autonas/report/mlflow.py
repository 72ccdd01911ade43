"""A search as MLflow runs: one run a search, and within it a run a trial. Needs ``pip install "autonas[mlflow]"``.

```python
from autonas.report.mlflow import log_search

log_search("runs/first", experiment="digits")  # after fit, or meanwhile from another process
```
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from autonas.errors import SettingError, message
from autonas.report.story import Story, Told, read_story
from autonas.report.writing import write_page

STEPS = 100  # in an epoch; MLflow's steps are whole numbers
_LONGEST = 500  # letters of a parameter's value


def log_search(directory: str | Path, experiment: str = "autonas") -> str:
    """Log the search in ``directory`` to MLflow and return the id of its run.

    Where to is MLflow's own setting (``mlflow.set_tracking_uri``, or MLFLOW_TRACKING_URI). The run has the settings,
    the finished network's metrics, and the report as an artifact; a trial's run has its learning curve, at steps of
    hundredths of an epoch, and what was tried.

    Raises:
        DirectoryError: ``directory`` does not hold one search.
        SettingError: MLflow is not installed.
    """
    mlflow, story = _mlflow(), read_story(directory)
    mlflow.set_experiment(experiment)
    with mlflow.start_run(run_name=str(story.facts.get("title", Path(directory).name))) as run:
        mlflow.log_params(_short({**story.facts.get("settings", {}), "directory": str(directory)}))
        mlflow.log_metrics(_finite(story.metrics))
        _log_report(mlflow, story)
        for trial in story.trials:
            if trial.curve or trial.metrics:
                _log_trial(mlflow, trial)
    return str(run.info.run_id)


def _log_trial(mlflow: Any, trial: Told) -> None:
    own = trial.epochs or 0.0
    before = (trial.cumulative_epochs or own) - own
    with mlflow.start_run(run_name=f"trial {trial.trial}", nested=True):
        tried = {"what was tried": trial.edits, "parent": trial.parent or "", "parameters": trial.parameters}
        mlflow.log_params(_short({**tried, "status": trial.status, "inherited epochs": before}))
        for entry in trial.curve:
            step = round(STEPS * (before + own * entry.get("progress", 1.0)))
            mlflow.log_metrics(_finite({name: value for name, value in entry.items() if name != "progress"}), step)
        mlflow.log_metrics(_finite({f"final_{name}": value for name, value in trial.metrics.items()}))
        mlflow.log_metrics(_finite({f"seconds_{name}": value for name, value in trial.seconds.items()}))


def _log_report(mlflow: Any, story: Story) -> None:
    with tempfile.TemporaryDirectory() as folder:
        mlflow.log_artifact(str(write_page(story, Path(folder) / "report.html")))


def _finite(values: Mapping[str, float]) -> dict[str, float]:
    return {name.replace(" ", "_"): float(value) for name, value in values.items() if math.isfinite(value)}


def _short(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value)[:_LONGEST] for name, value in values.items()}


def _mlflow() -> Any:
    try:
        return import_module("mlflow")
    except ImportError as error:
        remedy = "Run: pip install 'autonas[mlflow]'"
        raise SettingError(message("MLflow", "installed to log to it", str(error), remedy)) from error
