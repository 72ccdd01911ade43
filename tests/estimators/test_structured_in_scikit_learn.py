"""The estimators for tables as citizens of scikit-learn: its own checks, and its tools run over them."""

import dataclasses
import pickle

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_iris
from sklearn.ensemble import VotingClassifier
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import autonas
from autonas.arch.starters import linear
from autonas.estimators.kind import Family
from autonas.estimators.structured import TABLE, Structured
from autonas.runtime.plan import Effort

pytestmark = pytest.mark.tf

WEIGHTS = "a weight of 2 and a row given twice are one loss, but not the same batches in stochastic training"
EXPECTED = {
    "StructuredDataClassifier": {
        "check_sample_weight_equivalence_on_dense_data": WEIGHTS,
        "check_sample_weight_equivalence_on_sparse_data": WEIGHTS,
    },
    "StructuredDataRegressor": {
        "check_sample_weight_equivalence_on_dense_data": WEIGHTS,
        "check_sample_weight_equivalence_on_sparse_data": WEIGHTS,
    },
}


@pytest.fixture(autouse=True)
def _tiny_searches(monkeypatch):
    """One linear network, trained for a moment: what is checked here is manners."""

    def families(data, outputs):
        return (Family(lambda width: linear(data.schema.shape, outputs), (1,), default=1),)

    effort = Effort(epochs=(1.0, 1.0, 1.0), steps=(400, 40, 80))
    monkeypatch.setattr(Structured, "kind", dataclasses.replace(TABLE, families=families, effort=effort))


def tiny(kind=autonas.StructuredDataClassifier, **settings):
    return kind(max_trials=1, seed=0, verbose=0, **settings)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@parametrize_with_checks(
    [tiny(), tiny(autonas.StructuredDataRegressor)],
    expected_failed_checks=lambda estimator: EXPECTED[type(estimator).__name__],
)
def test_scikit_learns_own_checks(estimator, check):
    check(estimator)


def test_few_checks_are_expected_to_fail():
    assert all(len(reasons) <= 5 for reasons in EXPECTED.values())


@pytest.fixture(scope="module")
def iris():
    return load_iris(return_X_y=True, as_frame=True)


@pytest.mark.slow  # as the one of images, which is not
def test_pipelines_are_cross_validated(iris):
    x, y = iris
    scores = cross_val_score(make_pipeline(StandardScaler(), tiny()), x, y, cv=2, error_score="raise")
    assert scores.min() > 0.7


def test_columns_are_transformed_before(iris):
    x, y = iris
    x = x.assign(wide=np.where(x["petal width (cm)"] > 1, "yes", "no"))
    transformer = ColumnTransformer([("kinds", OneHotEncoder(), ["wide"])], remainder="passthrough", sparse_threshold=1)
    fitted = make_pipeline(transformer, tiny()).fit(x, y)
    assert fitted.score(x, y) > 0.7


@pytest.mark.slow  # as the one of images, which is not
def test_a_grid_over_oracles(iris):
    grid = GridSearchCV(tiny(), {"oracle": ["bayesian", "evolution", "random"]}, cv=2, refit=True, error_score="raise")
    grid.fit(*iris)
    assert set(grid.cv_results_["param_oracle"]) == {"bayesian", "evolution", "random"}
    assert grid.best_estimator_.predict(iris[0]).shape == (150,)


def test_two_vote(iris):
    x, y = iris
    voters = VotingClassifier([("one", tiny()), ("other", tiny().set_params(seed=1))], voting="soft").fit(x, y)
    expected = np.mean([each.predict_proba(x) for each in voters.estimators_], axis=0)
    np.testing.assert_allclose(voters.predict_proba(x), expected)


def test_a_fitted_one_is_cloned_pickled_and_dumped(iris, tmp_path):
    x, y = iris
    fitted = tiny().fit(x, y.map({0: "setosa", 1: "versicolor", 2: "virginica"}))
    assert not hasattr(clone(fitted), "model_")
    joblib.dump(fitted, tmp_path / "m.joblib")
    for again in (pickle.loads(pickle.dumps(fitted)), joblib.load(tmp_path / "m.joblib")):
        np.testing.assert_array_equal(again.predict(x), fitted.predict(x))
    assert "StructuredDataClassifier" in fitted._repr_html_()


def test_names_of_columns_are_kept_and_compared(iris):
    x, y = iris
    fitted = tiny(autonas.StructuredDataRegressor).fit(x, y)
    assert fitted.feature_names_in_.tolist() == list(x.columns)
    with pytest.raises(ValueError, match="feature names"):
        fitted.predict(x.rename(columns={x.columns[0]: "other"}))
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        np.testing.assert_allclose(fitted.predict(x.to_numpy()), fitted.predict(x), atol=1e-5)


def test_several_numbers_are_learned_at_once(iris):
    x, _ = iris
    fitted = tiny(autonas.StructuredDataRegressor).fit(x, pd.DataFrame({"a": x.iloc[:, 0], "b": -x.iloc[:, 2]}))
    assert fitted.predict(x).shape == (150, 2)
