"""TensorBoard logs, read back with TensorBoard's own reader."""

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util.tensor_util import make_ndarray

from autonas.report import display
from autonas.report.tensorboard import TensorBoardDisplay
from autonas.tuner import TrialEnded
from tests.report.searches import make_search

pytestmark = pytest.mark.tf


@pytest.fixture(scope="module")
def logs(tmp_path_factory):
    """The folder of logs of a search of nine trials, the eighth of which failed."""
    place = tmp_path_factory.mktemp("logged")
    tuner = make_search(place, 9)
    with TensorBoardDisplay(display(0), place / "search") as shown:
        for number, trial in tuner.oracle.trials.items():
            event = TrialEnded(number, 1, tuner.words(number), trial.score, None, None, None, 1.0, 100)
            shown.ended(event)
    return place / "search" / "tensorboard", tuner


def test_what_an_earlier_fit_left_is_logged_once(tmp_path):
    make_search(tmp_path, 4)
    runs = tmp_path / "search" / "tensorboard"
    for _ in range(2):  # two fits that go on with it
        with TensorBoardDisplay(display(0), tmp_path / "search"):
            pass
        held = {path.name: sorted(each.name for each in path.iterdir()) for path in runs.iterdir()}
        assert sorted(held) == ["0000", "0001", "0002", "0003"]
        assert {len(files) for files in held.values()} == {1}


def test_a_search_that_could_not_begin_is_not_logged(tmp_path):
    make_search(tmp_path, 2)
    with pytest.raises(ValueError, match="another"), TensorBoardDisplay(display(0), tmp_path / "search"):
        raise ValueError("another search stands there")
    assert not (tmp_path / "search" / "tensorboard").exists()


def read(folder):
    return EventAccumulator(str(folder)).Reload()


def test_a_trial_with_a_result_is_a_run(logs):
    folder, _ = logs
    assert sorted(path.name for path in folder.iterdir()) == [f"000{n}" for n in range(9) if n != 7]


def test_scalars_are_the_learning_curve(logs):
    folder, tuner = logs
    result = tuner.result("0003")
    seen = read(folder / "0003").Tensors("val_accuracy")
    assert [float(make_ndarray(one.tensor_proto)) for one in seen] == pytest.approx(
        [entry["val_accuracy"] for entry in result.curve]
    )
    before = result.cumulative_epochs - result.epochs
    assert seen[-1].step == round(100 * result.cumulative_epochs)
    assert all(one.step > 100 * before for one in seen)
    (end,) = read(folder / "0003").Tensors("final/val_accuracy")
    assert float(make_ndarray(end.tensor_proto)) == pytest.approx(result.metrics["val_accuracy"])


def test_hyperparameters_say_what_was_tried(logs):
    folder, tuner = logs
    plugin = read(folder / "0003").summary_metadata["_hparams_/session_start_info"].plugin_data.content
    assert tuner.words("0003").encode() in plugin
    assert b"inherited epochs" in plugin
