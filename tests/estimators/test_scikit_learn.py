"""scikit-learn's tools run over an estimator for images, which have three or four dimensions."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, TransformerMixin, clone, is_classifier
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline

import autonas

pytestmark = pytest.mark.tf


class Brighten(TransformerMixin, BaseEstimator):
    """A step of a pipeline that keeps images images."""

    def fit(self, x, y=None):
        return self

    def transform(self, x):
        return x / 16.0

    def __sklearn_is_fitted__(self):
        return True


def searched(**settings):
    return autonas.ImageClassifier(max_trials=1, seed=0, verbose=0, **settings)


def test_the_constructor_stores_and_checks_nothing():
    params = {"oracle": "nonsense", "time_limit": -5, "max_trials": 0, "objective": 3, "seed": -1, "verbose": 9}
    clf = autonas.ImageClassifier(**params)
    assert params.items() <= clf.get_params().items()
    assert clone(clf).get_params() == clf.get_params()
    assert clf.set_params(max_trials=7) is clf
    assert clf.max_trials == 7
    assert is_classifier(clf)
    assert "ImageClassifier(" in repr(clf)


def test_a_pipeline_is_cross_validated(images, names):
    pipeline = make_pipeline(Brighten(), searched())
    scores = cross_val_score(pipeline, images, names, cv=2, params={"imageclassifier__epochs": 1}, error_score="raise")
    assert scores.shape == (2,)
    assert ((scores >= 0) & (scores <= 1)).all()


def test_a_grid_over_oracles(images, labels):
    grid = GridSearchCV(searched(), {"oracle": ["bayesian", "random"]}, cv=2, refit=False, error_score="raise")
    grid.fit(images[:60, ..., np.newaxis], labels[:60] % 2, epochs=1)
    assert [params["oracle"] for params in grid.cv_results_["params"]] == ["bayesian", "random"]
    # One trial each, the same first network from the same seed: whatever differed would be something left behind.
    assert grid.cv_results_["mean_test_score"][0] == pytest.approx(grid.cv_results_["mean_test_score"][1])


@pytest.mark.parametrize(
    ("name", "needed"),
    [
        ("predict", 1),
        ("predict_proba", 1),
        ("score", 2),
        ("evaluate", 2),
        ("leaderboard", 0),
        ("export_model", 0),
        ("export", 1),
        ("save", 1),
    ],
)
def test_nothing_works_before_fit(name, needed, images, labels, tmp_path):
    given = (tmp_path / "m.keras",) if name in ("export", "save") else (images, labels)[:needed]
    with pytest.raises(NotFittedError, match=r"ImageClassifier must be fitted first\. Received: .* Call fit\(x, y\)\."):
        getattr(searched(), name)(*given)
    assert list(tmp_path.iterdir()) == []
