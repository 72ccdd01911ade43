"""Real networks on a Ray cluster, one node of which leaves in the middle while another joins. Minutes."""

import keras
import pytest
from sklearn.datasets import load_digits

import autonas
from autonas.tuner import SearchTuner

pytestmark = [pytest.mark.tf, pytest.mark.slow]


def test_an_estimator_outlives_its_nodes(tmp_path, cluster, add_node, monkeypatch):
    class Steep(keras.losses.Loss):
        """What no import could find: it exists in this function alone."""

        def call(self, y_true, y_pred):
            return 2.0 * keras.losses.categorical_crossentropy(y_true, y_pred)

    leaving, ended = add_node(), []
    end = SearchTuner.on_trial_end

    def on_trial_end(tuner, trial):
        end(tuner, trial)
        ended.append((trial.trial_id, trial.score))
        if len(ended) == 2:
            cluster.remove_node(leaving)
            add_node()

    monkeypatch.setattr(SearchTuner, "on_trial_end", on_trial_end)
    x, y = load_digits(return_X_y=True)
    clf = autonas.ImageClassifier(
        workers="ray", max_trials=6, directory=tmp_path, seed=0, verbose=0, loss=Steep(), metrics=["f1"]
    )
    clf.fit(x[:500].reshape(-1, 8, 8), y[:500], epochs=2)
    rows = {row.trial: row for row in clf.leaderboard()}
    assert len(rows) == 6
    assert {row.status for row in rows.values()} <= {"completed", "stopped early"}
    assert [rows[name].score for name, _ in ended[:2]] == [score for _, score in ended[:2]]
    assert all("val_f1" in row.metrics for row in rows.values())
    assert any(row.parent for row in rows.values())
    assert clf.score(x[500:800].reshape(-1, 8, 8), y[500:800]) > 0.5
    assert not list(tmp_path.rglob("attempt-*"))
