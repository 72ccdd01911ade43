"""The same directory goes on with the search: what is finished stays, and counts."""

import numpy as np
import pytest

import autonas
from autonas.errors import DirectoryError, SettingError
from autonas.estimators.finishing import _best_trial
from tests.estimators.small import Spy

pytestmark = pytest.mark.tf


@pytest.fixture
def fit(images, labels, tmp_path):
    """Return a function that fits in one directory and says which training runs that took."""

    def _fit(x=images, y=labels, **settings):
        clf = autonas.ImageClassifier(**{"directory": tmp_path, "seed": 0, "verbose": 0, **settings})
        spy = Spy()
        return clf.fit(x, y, epochs=1, callbacks=[spy]), spy.runs

    return _fit


def scores(clf):
    return {row.trial: row.score for row in clf.leaderboard()}


def test_a_search_grows_and_no_finished_trial_is_run_again(fit, images, tmp_path):
    first, runs = fit(max_trials=1)
    assert runs == 2  # the trial and finishing
    grown, runs = fit(max_trials=2)
    assert runs == 2  # the new trial and finishing
    assert scores(grown).keys() == {"0000", "0001"}
    assert scores(grown)["0000"] == scores(first)["0000"]
    same, runs = fit(max_trials=2)
    assert runs == 0  # nothing is left to do
    np.testing.assert_array_equal(same.predict_proba(images), grown.predict_proba(images))
    assert scores(same) == scores(grown)
    assert same.validation_metrics_ == grown.validation_metrics_
    unbroken, _ = fit(max_trials=2, directory=tmp_path / "other")
    assert scores(unbroken) == scores(grown)
    assert [row.edits for row in unbroken.leaderboard()] == [row.edits for row in grown.leaderboard()]


def test_a_bound_on_parameters_that_came_later_holds_for_what_is_returned(fit):
    sizes = {row.trial: row.parameters for row in fit(max_trials=3)[0].leaderboard()}
    assert len(set(sizes.values())) > 1
    for bound in sorted(set(sizes.values()), reverse=True):
        made = fit(max_trials=3, max_params=bound)[0].model_.count_params()
        assert made <= bound + 50  # what goes before and after the network
    with pytest.raises(SettingError, match=f"max_params must be enough for a finished trial: {min(sizes.values())}"):
        _best_trial(fit(max_trials=3)[0].tuner_, min(sizes.values()) - 1)


def test_the_same_estimator_fitted_again_goes_on(images, labels, tmp_path):
    clf, spy = autonas.ImageClassifier(directory=tmp_path, max_trials=1, verbose=0), Spy()
    clf.fit(images, labels, epochs=1)
    before = clf.predict_proba(images)
    clf.fit(images, labels, epochs=1, callbacks=[spy])  # seed=None: the directory remembers what was drawn
    assert spy.runs == 0
    np.testing.assert_array_equal(clf.predict_proba(images), before)


def test_another_search_is_not_mixed_in_unless_it_is_replaced(fit, images, labels):
    first, _ = fit(max_trials=1)
    for other in (
        {"y": 9 - labels},
        {"x": images + np.uint8(1)},
        {"x": images[:100], "y": labels[:100]},
        {"objective": "val_loss"},
        {"oracle": "random"},
        {"seed": 1},
    ):
        with pytest.raises(DirectoryError, match=r"Received: .*another search .*overwrite=True"):
            fit(max_trials=1, **other)
    again, runs = fit(max_trials=1)
    assert (scores(again), runs) == (scores(first), 0)  # the refusals did no harm
    replaced, runs = fit(y=9 - labels, max_trials=1, overwrite=True)
    assert runs == 2
    assert len(replaced.leaderboard()) == 1


def test_refitting_can_be_asked_for_later_and_taken_back(fit, images):
    judged, _ = fit(max_trials=1)
    refitted, runs = fit(max_trials=1, refit="all")
    assert runs >= 1
    assert not np.array_equal(refitted.predict_proba(images), judged.predict_proba(images))
    again, runs = fit(max_trials=1, refit="all")
    assert runs == 0
    np.testing.assert_array_equal(again.predict_proba(images), refitted.predict_proba(images))
    back, _ = fit(max_trials=1)  # from what never saw the validation part, or its score would be worth nothing
    assert back.validation_metrics_ == judged.validation_metrics_
    np.testing.assert_array_equal(back.predict_proba(images), judged.predict_proba(images))
