"""MLflow runs of a search, read back with MLflow's own client; without MLflow, what is said about it."""

import sys

import pytest

from autonas.errors import SettingError
from autonas.report import read_story
from autonas.report.mlflow import log_search
from tests.report.searches import make_search

pytestmark = pytest.mark.tf


def test_without_mlflow_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(SettingError, match=r"autonas\[mlflow\]"):
        log_search(tmp_path)


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
def test_a_search_is_a_run_with_a_run_a_trial(tmp_path, monkeypatch):
    mlflow = pytest.importorskip("mlflow")
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    make_search(tmp_path / "runs", 9)
    mlflow.set_tracking_uri((tmp_path / "mlruns").as_uri())
    whole = log_search(tmp_path / "runs", experiment="closed form")
    client = mlflow.MlflowClient()
    run = client.get_run(whole)
    story = read_story(tmp_path / "runs")
    assert run.data.metrics["val_accuracy"] == pytest.approx(story.metrics["val_accuracy"])
    assert run.data.params["oracle"] == "'evolution'"
    assert [each.path for each in client.list_artifacts(whole)] == ["report.html"]
    found = client.search_runs([run.info.experiment_id], f"tags.`mlflow.parentRunId` = '{whole}'")
    assert {each.info.run_name for each in found} == {f"trial 000{n}" for n in range(9) if n != 7}
    third = next(each for each in found if each.info.run_name == "trial 0003")
    told = story.by_id["0003"]
    assert third.data.params["what was tried"] == told.edits
    curve = client.get_metric_history(third.info.run_id, "val_accuracy")
    assert [one.value for one in sorted(curve, key=lambda one: one.step)] == pytest.approx(
        [entry["val_accuracy"] for entry in told.curve]
    )
