"""ENAS through the public face: phases, their files, and what is taken up again."""

import contextlib
import io
import json
import shutil
import warnings
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf

import autonas
from autonas.errors import SettingError
from autonas.estimators import enas, enas_scores
from autonas.estimators.enas import outgrown
from autonas.estimators.enas_ranking import Ranking
from autonas.estimators.recipes import SearchRecipe
from autonas.estimators.settings import check_settings
from autonas.runtime.children import Best
from autonas.runtime.evaluator import OutOfMemory
from autonas.runtime.ranking import Ranker
from autonas.runtime.schedule import Span
from autonas.runtime.supernet_training import SupernetTrainer
from autonas.runtime.train import Recipe
from tests.estimators.small import digits

pytestmark = pytest.mark.tf
DERIVED = ("children.json", "scores.json", "supernet.npz", "plan.json")
SMALL = autonas.search.Enas(layers=2, children=8, top=2)


def fit(directory, **settings):
    x, y = digits()
    given = {"oracle": SMALL, "directory": directory, "seed": 0, "verbose": 0, "max_trials": 2, **settings}
    return autonas.ImageClassifier(**given).fit(x, y, epochs=1)


@pytest.fixture(scope="module")
def searched(tmp_path_factory):
    """Return the folder of a search that ran to its end, what it fitted, and what it said."""
    folder, said = tmp_path_factory.mktemp("enas"), io.StringIO()
    with contextlib.redirect_stdout(said):
        clf = fit(folder, verbose=2, max_trials=1)
    return folder, clf, said.getvalue()


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory):
    """Return the folder of a search that was stopped twice: while weights were trained, and while children were ranked;
    and the steps at which training was taken up.
    """
    folder, taken_up = tmp_path_factory.mktemp("enas"), []
    train, score = SupernetTrainer.train, Ranker.score
    scored = []

    def stopping_train(self, *args, **settings):
        taken_up.append(self.progress.step)
        sampler, span = args
        train(self, sampler, Span(5, None) if len(taken_up) == 1 else span, **settings)
        if len(taken_up) == 1:
            raise KeyboardInterrupt

    def stopping_score(self, route, batches=1):
        scored.append(route)
        if len(scored) == 4:
            raise KeyboardInterrupt
        return score(self, route, batches)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SupernetTrainer, "train", stopping_train)
        with pytest.raises(KeyboardInterrupt):
            fit(folder)
        patch.setattr(Ranker, "score", stopping_score)
        patch.setattr(enas_scores, "SAVE_S", 0.0)
        with pytest.raises(KeyboardInterrupt):
            fit(folder)
        patch.setattr(Ranker, "score", score)
        yield folder, taken_up, scored, fit(folder)


def test_the_best_children_become_ordinary_trials(searched):
    folder, clf, _ = searched
    children = json.loads((folder / "search/enas/children.json").read_text())["children"]
    tried = [clf.tuner_.oracle.proposal(name).architecture for name in sorted(clf.tuner_.oracle.trials)]
    assert len(tried) == 1
    assert [autonas.arch.to_json(each) for each in tried] == [each["architecture"] for each in children[:1]]
    assert children == sorted(children, key=lambda each: each["score"], reverse=True)
    assert clf.predict(digits()[0][:5]).shape == (5,)


def test_the_plan_is_shown_and_kept(searched):
    folder, _, said = searched
    kept = json.loads((folder / "search/enas/plan.json").read_text())
    assert f"plan: {kept['steps']} steps for shared weights" in said
    assert (kept["layers"], kept["top"]) == (2, 1)


def test_what_was_damaged_is_set_aside_and_made_again(searched, tmp_path):
    folder, *_ = searched
    shutil.copytree(folder, tmp_path / "damaged")
    enas_folder = tmp_path / "damaged/search/enas"
    for name in DERIVED:
        (enas_folder / name).write_bytes((enas_folder / name).read_bytes()[:-9])
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", UserWarning)
        again = fit(tmp_path / "damaged", max_trials=1)
    said = " ".join(str(each.message) for each in told)
    assert all(f"{name}.damaged-0" in said for name in DERIVED)
    assert all((enas_folder / name).is_file() for name in DERIVED)
    assert len(again.leaderboard()) == 1


def test_ctrl_c_while_children_are_chosen_anew_gives_the_network_that_there_is(searched, tmp_path, monkeypatch):
    folder, whole, _ = searched
    shutil.copytree(folder, tmp_path / "interrupted")

    def interrupt(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(Ranking, "rank", interrupt)
    again = fit(tmp_path / "interrupted", max_trials=14)
    assert len(again.leaderboard()) == 1
    assert again.best_trial_ == whole.best_trial_
    with pytest.raises(KeyboardInterrupt):
        fit(tmp_path / "new")


def test_what_breaks_while_children_are_chosen_anew_leaves_those_that_there_are(searched, tmp_path, monkeypatch):
    folder, whole, _ = searched
    shutil.copytree(folder, tmp_path / "broken")

    def fail(*args):
        raise RuntimeError("a cable was pulled")

    monkeypatch.setattr(enas, "_Deriving", fail)
    with pytest.warns(UserWarning, match=r"Received: RuntimeError: a cable was pulled. You get trials of the children"):
        again = fit(tmp_path / "broken", max_trials=1, max_params=10**9)  # another bound: children are chosen anew
    assert again.best_trial_ == whole.best_trial_
    with pytest.raises(RuntimeError, match="a cable"):  # none of them is so small
        fit(tmp_path / "broken", max_trials=1, max_params=900)
    with pytest.raises(RuntimeError, match="a cable"):
        fit(tmp_path / "new")


@pytest.mark.parametrize(("given", "sizes"), [(None, [(64, 256), (32, 32)]), (64, [(64, 64), (32, 32)])])
def test_where_memory_does_not_suffice_shared_weights_are_trained_at_half_the_batch_size(given, sizes):
    tried = []

    class Large:
        earlier = 3.0

        def __init__(self, recipe, at_once):
            tried.append((recipe.batch_size, at_once))

        def run(self):
            if len(tried) == 1:
                raise tf.errors.ResourceExhaustedError(None, None, "no more")
            return "the best"

    job, recipe = SimpleNamespace(batch_size=given), Recipe("classification", 64)
    assert enas._found(job, recipe, Large) == ("the best", 3.0)
    assert tried == sizes


def test_where_half_the_batch_size_is_too_much_it_is_said():
    def large(*args):
        raise MemoryError

    job, recipe = SimpleNamespace(batch_size=None), Recipe("classification", 64)
    with pytest.raises(OutOfMemory, match="batches of 64 and 32"):
        enas._found(job, recipe, large)


@pytest.mark.slow
def test_more_trials_than_children_were_kept_for_are_found(searched, tmp_path, monkeypatch):
    folder, *_ = searched
    shutil.copytree(folder, tmp_path / "grown")
    monkeypatch.setattr(SupernetTrainer, "_take_step", None)  # weights are there: not a step is taken
    again = fit(tmp_path / "grown", max_trials=14, oracle=SMALL, max_params=None, workers=0)
    assert len(again.leaderboard()) == 8  # as many as were ranked


@pytest.mark.slow
def test_a_bound_on_parameters_that_came_later_is_kept(searched, tmp_path):
    folder, *_ = searched
    shutil.copytree(folder, tmp_path / "bound")
    kept = json.loads((folder / "search/enas/children.json").read_text())["children"]
    sizes = [autonas.arch.from_json(each["architecture"]).parameters for each in kept]
    again = fit(tmp_path / "bound", max_trials=2, max_params=sorted(sizes)[1])
    later = json.loads((tmp_path / "bound/search/enas/children.json").read_text())["children"]
    assert all(autonas.arch.from_json(each["architecture"]).parameters <= sorted(sizes)[1] for each in later)
    assert len(again.leaderboard()) == 2


@pytest.mark.slow
def test_shared_weights_are_taken_up_where_they_were(interrupted):
    _, taken_up, *_ = interrupted
    assert taken_up == [0, 5]  # and not once more in the run after that: they had trained to the end


@pytest.mark.slow
def test_ranked_children_are_not_ranked_again(interrupted):
    folder, _, scored, *_ = interrupted
    kept = [tuple(route) for route, *_ in json.loads((folder / "search/enas/scores.json").read_text())["scores"]]
    assert kept[:3] == scored[:3]
    assert len(kept) == 8


@pytest.mark.slow
def test_a_search_that_is_done_is_returned_and_may_grow(interrupted):
    folder, *_, clf = interrupted
    again = fit(folder)
    np.testing.assert_array_equal(again.predict_proba(digits()[0]), clf.predict_proba(digits()[0]))
    assert len(fit(folder, max_trials=3).leaderboard()) == 3


@pytest.mark.slow
def test_cells_of_a_regressor_and_a_controller(capsys):
    x, y = digits()
    oracle = autonas.search.Enas(cells="micro", layers=2, blocks=1, children=6, top=1, sampler="controller")
    reg = autonas.ImageRegressor(oracle=oracle, max_trials=1, seed=0, verbose=2, workers=0)
    reg.fit(x, y.astype(float), epochs=2)
    assert "6 children ranked: of the controller -" in capsys.readouterr().out  # of a loss, less is better
    assert reg.predict(x).shape == (len(x),)


@pytest.mark.slow
@pytest.mark.parametrize("settings", [{"layers": 2, "join": "concat"}, {"cells": "rnn", "nodes": 3}])
def test_texts_are_read_by_layers_and_by_recurrent_cells(settings, tmp_path):
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 120)
    x = [" ".join([*rng.choice(list("abcdefgh"), 9), "good" if each else "bad"]) for each in y]
    oracle = autonas.search.Enas(children=4, top=1, **settings)
    clf = autonas.TextClassifier(oracle=oracle, max_trials=1, seed=0, verbose=0, workers=0).fit(x, y, epochs=6)
    assert clf.score(x, y) > 0.9
    loaded = keras.models.load_model(clf.export(tmp_path / "text.keras"))
    np.testing.assert_allclose(loaded.predict(np.array(x, object), verbose=0), clf.predict_proba(x), atol=1e-5)


@pytest.mark.parametrize(
    "settings",
    [
        {"sampler": "fair"},
        {"cells": "tiny"},
        {"layers": 1},
        {"children": 0},
        {"start_from": "parent"},
        {"layers": 2.5},
        {"layers": "6"},
        {"blocks": True, "cells": "micro"},
        {"nodes": None, "cells": "rnn"},
        {"children": 100.0},
        {"top": True},
        {"top": np.nan},
        {"top": 9, "children": 8},
        {"doubling": 0},
        {"doubling": "no"},
    ],
)
def test_settings_that_cannot_work_are_refused(settings):
    name = next(iter(settings))
    with pytest.raises(SettingError, match=f"{name} must be"):
        autonas.search.Enas(**settings)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"cells": "rnn", "layers": 3}, "layers must be None for cells='rnn'"),
        ({"cells": "micro", "join": "concat"}, "join must be left out but for cells='macro'"),
        ({"nodes": 12}, "nodes must be left out but for cells='rnn'. Received: 12"),
        ({"blocks": 5}, "blocks must be left out but for cells='micro'"),
        ({"cells": "rnn", "blocks": 5}, "blocks must be left out but for cells='micro'"),
        ({"cells": "micro", "doubling": False}, "doubling must be left out but for cells='macro'"),
        ({"space": "micro"}, r"space must be left out.*Use Enas\(cells='micro'\)"),
    ],
)
def test_settings_that_would_do_nothing_are_refused(settings, said):
    with pytest.raises(SettingError, match=said):
        autonas.search.Enas(**settings)


@pytest.mark.parametrize(
    ("before", "now", "anew"), [(100.0, 150.0, False), (100.0, 250.0, True), (100.0, None, True), (None, 9.0, False)]
)
def test_children_of_a_much_shorter_time_limit_are_chosen_anew(before, now, anew):
    assert outgrown(Best((), 2, None, 0.0, before), now) is anew


def test_data_that_no_supernet_reads_are_refused():
    with pytest.raises(SettingError, match="oracle must be another one for table"):
        autonas.StructuredDataClassifier(oracle="enas", max_trials=1, verbose=0).fit(np.eye(20), [0, 1] * 10)


def test_channels_of_texts_have_nothing_to_double():
    clf = autonas.TextClassifier(oracle=autonas.search.Enas(doubling=False), max_trials=1, verbose=0)
    with pytest.raises(SettingError, match="doubling must be left out for text"):
        clf.fit(["a good one", "a bad one"] * 20, [1, 0] * 20)


def test_an_enas_of_default_settings_is_the_search_that_its_name_means():
    own = autonas.ImageClassifier(oracle=autonas.search.Enas())
    named = autonas.ImageClassifier(oracle="enas")
    recipes = [check_settings(each.get_params(), "classification").recipe for each in (own, named)]
    assert recipes[0] == recipes[1]
    micro = autonas.search.Enas(cells="micro")
    changed = check_settings({**own.get_params(), "oracle": micro}, "classification").recipe
    assert changed == SearchRecipe(micro, "scratch")


def test_integers_of_numpy_are_integers():
    assert autonas.search.Enas(top=np.int64(3)).top == 3
