"""Fitted means usable: whatever goes wrong in one trial, or stops the search, the best network so far is there."""

import contextlib
import gc
import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf

import autonas
from autonas.errors import DiskFull, SearchFailed
from autonas.runtime.evaluators import stored_network
from tests.estimators.small import Spy, interrupt, poison

pytestmark = pytest.mark.tf


def no_memory(model):
    raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating a tensor")


def no_host_memory(model):
    raise MemoryError("cannot allocate 3 TiB")


def crash(model):
    raise RuntimeError("the user's own callback broke")


@pytest.fixture
def fit(images, labels):
    def _fit(spy, **settings):
        clf = autonas.ImageClassifier(**{"max_trials": 3, "seed": 0, "verbose": 0, **settings})
        return clf.fit(images, labels, epochs=1, callbacks=[spy])

    return _fit


def statuses(clf):
    return {row.trial: row.status for row in clf.leaderboard()}


def same_as_trial(clf, trial):
    """Say whether a fitted estimator's network has the weights that a trial left on disk."""
    architecture, weights, _ = stored_network(clf.tuner_.trial_folder(trial))
    theirs = [array for id in architecture.weights for array in weights[id]]
    mine = clf.model_.get_weights()[:-1]  # the last one turns logits into probabilities
    return len(mine) == len(theirs) and all(map(np.array_equal, mine, theirs))


def test_a_trial_that_fails_is_one_failed_trial(fit, images):
    spoilt = Spy(run_1=no_memory, run_2=no_memory, run_4=poison, run_5=no_host_memory, run_6=no_memory)
    clf = fit(spoilt, max_trials=4)
    assert statuses(clf) == {"0000": "failed", "0001": "completed", "0002": "failed", "0003": "failed"}
    for trial, said in {"0000": "batches of 16 and 8", "0002": "must stay finite", "0003": "fit in memory"}.items():
        assert said in clf.tuner_.oracle.get_trial(trial).message
    assert np.isfinite(clf.predict_proba(images)).all()


def test_what_does_not_fit_in_memory_is_tried_at_half_the_batch(fit):
    steps = []

    class Steps(Spy):
        def on_train_end(self, logs=None):
            steps.append(self.params["steps"])

    clf = fit(Steps(run_1=no_memory), max_trials=1)
    assert statuses(clf) == {"0000": "completed"}
    assert steps == [12, 6]  # the trial with batches of 8 images, and finishing with 16; the first run broke


def test_a_network_whose_weights_are_gone_is_passed_over(fit, tmp_path):
    clf = fit(Spy(), directory=tmp_path)
    best = clf.leaderboard()[0].trial
    (clf.tuner_.trial_folder(best) / "weights.npz").unlink()
    (tmp_path / "search" / "finished" / "finished.json").write_text('{"architecture": "')
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        again = fit(Spy(), directory=tmp_path)
    assert again.best_trial_ == clf.leaderboard()[1].trial
    told = [str(each.message) for each in said if each.category is UserWarning]
    assert any("weights.npz" in each and "another trial" in each for each in told)
    assert any("finished.json" in each and "set aside" in each for each in told)


def test_a_child_whose_parents_weights_are_gone_begins_from_scratch(fit, tmp_path):
    fit(Spy(), directory=tmp_path, max_trials=1)
    (tmp_path / "search" / "trial_0000" / "weights.npz").write_bytes(b"PK")
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        clf = fit(Spy(), directory=tmp_path, max_trials=2)
    assert statuses(clf) == {"0000": "completed", "0001": "completed"}
    assert any("weights.npz" in str(each.message) and "from scratch" in str(each.message) for each in said)


@contextlib.contextmanager
def told_of_finishing(said):
    """Expect the warning that finishing broke. `pytest.warns` alone also raises what the project ignores of Keras."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        with pytest.warns(UserWarning, match=rf"Finishing must run to its end.* Received: .*{said}.*call fit again"):
            yield


@pytest.mark.parametrize("act", [no_memory, crash])
def test_finishing_that_breaks_leaves_the_best_trial_and_says_so(fit, act):
    with told_of_finishing("(OOM|broke)"):
        clf = fit(Spy(run_2=act), max_trials=1)
    assert clf.source_ == "search"
    assert same_as_trial(clf, "0000")
    assert clf.validation_metrics_["val_accuracy"] == clf.leaderboard()[0].score


def test_a_disk_that_is_full_after_finishing_costs_no_fit(fit, images, monkeypatch):
    def full(*args):
        raise DiskFull("The disk must have room. Received: a full one. Make room.")

    monkeypatch.setattr("autonas.estimators.finishing.write_finished", full)
    monkeypatch.setattr("autonas.estimators.facts.write_json", lambda path, found: full() if "timing" in found else 0)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        clf = fit(Spy())
    told = [str(warning.message) for warning in seen if "The disk must have room" in str(warning.message)]
    assert ["no later fit will find it" in each for each in told] == [True, False]
    assert np.isfinite(clf.predict_proba(images)).all()
    assert "timing" in clf.facts_


def test_no_time_for_a_single_trial_is_told_and_is_no_ctrl_c(fit, monkeypatch):
    monkeypatch.setattr("autonas.tuner.SearchTuner._time_is_up", lambda tuner: True)
    with pytest.raises(SearchFailed, match="time_limit must leave time for one trial"):
        fit(Spy())


def test_finishing_that_diverges_leaves_the_best_trial(fit):
    clf = fit(Spy(run_2=poison), max_trials=1)
    assert clf.source_ == "search"
    assert same_as_trial(clf, "0000")


def test_refitting_that_fails_or_is_interrupted_leaves_what_finishing_made(fit, images):
    finished = fit(Spy(), max_trials=1)
    assert finished.source_ != "search"
    with told_of_finishing("must stay finite"):
        failed = fit(Spy(run_3=poison), max_trials=1, refit="all")
    interrupted = fit(Spy(run_3=interrupt), max_trials=1, refit="all")
    for clf in (failed, interrupted):
        np.testing.assert_array_equal(clf.predict_proba(images), finished.predict_proba(images))
        assert clf.validation_metrics_ == finished.validation_metrics_


def test_where_every_trial_fails_the_first_reason_is_told(fit):
    with pytest.raises(SearchFailed, match=r"(?s)Received: 2 failed trials.*must stay finite"):
        fit(Spy(run_1=poison, run_2=crash), max_trials=2)


def test_ctrl_c_in_a_trial_gives_the_best_so_far_and_the_search_can_go_on(fit, images, tmp_path):
    clf = fit(Spy(run_2=interrupt), directory=tmp_path)
    assert statuses(clf) == {"0000": "completed", "0001": "interrupted"}
    assert clf.tuner_.interrupted
    assert same_as_trial(clf, "0000")
    assert clf.predict(images).shape == (120,)
    spy = Spy()
    resumed = fit(spy, directory=tmp_path)
    assert set(statuses(resumed).values()) == {"completed"}
    assert spy.runs == 3  # the interrupted trial, the third and finishing


def test_ctrl_c_while_finishing_gives_the_best_trial(fit, images):
    clf = fit(Spy(run_2=interrupt), max_trials=1)
    assert same_as_trial(clf, "0000")
    assert clf.source_ == "search"


def test_ctrl_c_before_there_is_any_network_passes_through(fit):
    with pytest.raises(KeyboardInterrupt):
        fit(Spy(run_1=interrupt))


def test_refitting_sees_all_images_and_changes_the_network(fit, images):
    sizes = {}

    class Sizes(Spy):
        def on_train_batch_begin(self, batch, logs=None):
            sizes[self.runs] = self.params["steps"]

    judged, whole = Sizes(), Sizes()
    plain = fit(judged, max_trials=1, directory=None)
    clf = fit(whole, max_trials=1, refit="all")
    assert (judged.runs, whole.runs) == (2, 3)
    assert sizes[3] > sizes[2]  # 120 images, not 96
    assert clf.validation_metrics_ == plain.validation_metrics_  # what was judged is the network before
    assert not np.array_equal(clf.predict_proba(images), plain.predict_proba(images))


def test_what_trials_built_is_let_go(fit, images):
    gc.collect()
    before = {
        id(each) for each in gc.get_objects() if isinstance(each, keras.Model | keras.Optimizer | tf.data.Dataset)
    }
    spy = Spy()
    clf = fit(spy, max_trials=2)
    gc.collect()
    assert spy.runs == 3
    assert spy.models == [None, None, None]
    after = [each for each in gc.get_objects() if isinstance(each, keras.Model | keras.Optimizer | tf.data.Dataset)]
    assert [each for each in after if id(each) not in before] == [clf.model_]
