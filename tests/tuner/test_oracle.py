"""The oracle alone: what strategies are told, and what a KerasTuner user gets without our tuner."""

import dataclasses
import gc
import weakref

import keras_tuner
import pytest

from autonas.errors import SearchFailed, SettingError
from autonas.search.strategy import Proposal
from autonas.tuner import SearchOracle
from tests.tuner.fakes import Ladder, Told, network, units_of

pytestmark = pytest.mark.tf


class UsersTuner(keras_tuner.Tuner):
    """What a KerasTuner user writes who brings our oracle and nothing else of ours."""

    stop_at: str | None = None
    ran: tuple = ()

    def run_trial(self, trial, **fit_settings):
        self.ran = (*self.ran, trial.trial_id)
        if trial.trial_id == self.stop_at:
            raise KeyboardInterrupt
        return 1 / units_of(self.oracle.proposal(trial.trial_id).architecture)


def users_search(folder, **settings):
    oracle = SearchOracle(Ladder(), keras_tuner.Objective("loss", "min"), max_trials=5, seed=0)
    tuner = UsersTuner(oracle, directory=str(folder), project_name="users", **settings)
    oracle.verbose = 0
    return tuner


def opened(folder, **settings):
    """An oracle with a folder and no tuner."""
    oracle = SearchOracle(**{"strategy": Ladder(), "objective": "val_loss", "seed": 0, **settings})
    oracle._set_project_dir(str(folder), "alone")
    oracle.verbose = 0
    return oracle


def end(oracle, trial, value=None, status="COMPLETED"):
    if value is not None:
        oracle.update_trial(trial.trial_id, {oracle.objective.name: value})
    trial.status = status
    oracle.end_trial(trial)


def test_it_serves_a_plain_tuner(tmp_path):
    tuner = users_search(tmp_path)
    tuner.search()
    scores = [trial.score for trial in tuner.oracle.trials.values()]
    assert len(scores) == 5
    assert tuner.oracle.get_best_trials(1)[0].score == min(scores)
    assert set(tuner.get_best_hyperparameters()[0].values) == {"architecture", "parent", "edits"}


@pytest.mark.parametrize("stop_at", ["0000", "0002"])
def test_a_plain_tuner_resumes(tmp_path, stop_at, capsys):
    first = users_search(tmp_path)
    first.stop_at = stop_at
    with pytest.raises(KeyboardInterrupt):
        first.search()
    second = users_search(tmp_path)
    second.search()
    assert second.ran == tuple(f"{number:04d}" for number in range(int(stop_at), 5))
    unbroken = users_search(tmp_path / "unbroken")
    unbroken.search()
    assert second.oracle._state == unbroken.oracle._state


def test_without_a_reload_an_oracle_takes_up_what_is_on_disk_before_it_proposes(tmp_path):
    oracle = opened(tmp_path, seed=None)
    proposals = [oracle.proposal(oracle.create_trial(tuner).trial_id) for tuner in "abcd"]
    again = opened(tmp_path, seed=None)
    assert [again.proposal(again.create_trial(tuner).trial_id) for tuner in "wxyz"] == proposals


def test_a_plain_tuner_is_told_that_every_trial_failed(tmp_path):
    class Broken(UsersTuner):
        def run_trial(self, trial, **fit_settings):
            raise RuntimeError("no data")

    oracle = SearchOracle(Ladder(), keras_tuner.Objective("loss", "min"), max_trials=2, seed=0)
    oracle.verbose = 0
    with pytest.raises(SearchFailed, match=r"(?s)2 failed trials.*RuntimeError: no data"):
        Broken(oracle, directory=str(tmp_path), project_name="users").search()


def test_a_plain_tuner_overwrites(tmp_path):
    users_search(tmp_path).search()
    again = users_search(tmp_path, overwrite=True)
    again.search()
    assert len(again.ran) == 5


def test_a_plain_tuner_survives_failures(tmp_path):
    class Clumsy(UsersTuner):
        def run_trial(self, trial, **fit_settings):
            if trial.trial_id in ("0000", "0001", "0002"):
                raise RuntimeError("three in a row")
            return super().run_trial(trial)

    oracle = SearchOracle(Ladder(), keras_tuner.Objective("loss", "min"), max_trials=5, seed=0)
    oracle.verbose = 0
    Clumsy(oracle, directory=str(tmp_path), project_name="users").search()
    assert [trial.status for trial in oracle.trials.values()] == ["FAILED"] * 3 + ["COMPLETED"] * 2


def test_keras_tuners_display_works_where_it_is_asked_for(tmp_path, capsys):
    users_search(tmp_path).search(verbose=1)
    assert "Best loss So Far" in capsys.readouterr().out


@pytest.mark.parametrize(("objective", "sign"), [("val_loss", -1), ("val_accuracy", 1)])
def test_a_strategy_always_maximises(tmp_path, objective, sign):
    oracle = opened(tmp_path, objective=objective)
    end(oracle, oracle.create_trial("a"), 0.25)
    pending, completed = oracle._state.observations
    assert (pending.status, pending.score) == ("pending", None)
    assert (completed.status, completed.score) == ("completed", sign * 0.25)
    assert completed.proposal == pending.proposal == oracle.proposal("0000")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_score_that_is_not_finite_fails_the_trial(tmp_path, value):
    oracle = opened(tmp_path)
    end(oracle, oracle.create_trial("a"), value)
    assert oracle.trials["0000"].status == "FAILED"
    assert "must be finite" in oracle.trials["0000"].message
    assert oracle._state.observations[-1].status == "failed"
    assert oracle.get_best_trials(3) == []


def test_parallel_tuners_get_different_trials_and_replay_keeps_the_order_of_events(tmp_path):
    oracle = opened(tmp_path)
    first, second = oracle.create_trial("a"), oracle.create_trial("b")
    assert oracle.create_trial("a") is first
    assert oracle.proposal("0000") != oracle.proposal("0001")
    end(oracle, second, 0.5)
    end(oracle, first, 0.25)
    again = opened(tmp_path)
    again.reload()
    assert again._state == oracle._state
    assert [seen.trial_id for seen in again._state.observations] == ["0000", "0001", "0001", "0000"]
    assert (again.start_order, again.end_order) == (["0000", "0001"], ["0001", "0000"])


def test_unfinished_trials_are_run_again_first_and_in_order(tmp_path):
    oracle = opened(tmp_path)
    for tuner in "abc":
        oracle.create_trial(tuner)
    end(oracle, oracle.trials["0001"], 0.5)
    again = opened(tmp_path)
    again.reload()
    assert [again.create_trial(tuner).trial_id for tuner in "xyz"] == ["0000", "0002", "0003"]
    assert [again.trials[name].status for name in ("0000", "0001", "0002")] == ["RUNNING", "COMPLETED", "RUNNING"]


def test_what_a_killed_run_measured_is_not_averaged_with_the_next(tmp_path):
    oracle = opened(tmp_path)
    oracle.update_trial(oracle.create_trial("a").trial_id, {"val_loss": 100.0})
    again = opened(tmp_path)
    end(again, again.create_trial("a"), 1.0)
    assert again.trials["0000"].score == 1.0


@dataclasses.dataclass(frozen=True)
class Stutter(Ladder):
    """Repeats one network under other node names until the generator says otherwise."""

    rungs: int = 2

    def ask(self, state, rng):
        return Proposal(network(int(rng.integers(4, 4 + self.rungs))))


def test_duplicates_are_refused_and_a_strategy_that_only_repeats_itself_is_done(tmp_path):
    oracle = opened(tmp_path, strategy=Stutter())
    for _ in range(2):
        end(oracle, oracle.create_trial("a"), 1.0)
    assert {units_of(oracle.proposal(name).architecture) for name in oracle.trials} == {4, 5}
    assert oracle.create_trial("a").status == "STOPPED"


def test_an_oracle_waits_for_running_trials_before_it_calls_the_space_exhausted(tmp_path):
    oracle = opened(tmp_path, strategy=Ladder(rungs=1))
    trial = oracle.create_trial("a")
    assert oracle.create_trial("b").status == "IDLE"
    end(oracle, trial, 1.0)
    assert oracle.create_trial("b").status == "STOPPED"
    assert oracle.tuner_ids == {"a"}


def test_no_seed_draws_one_and_keeps_it(tmp_path):
    oracle = opened(tmp_path, seed=None)
    end(oracle, oracle.create_trial("a"), 1.0)
    again = opened(tmp_path, seed=None)
    again.reload()
    assert again.seed == oracle.seed
    assert opened(tmp_path / "other", seed=0).seed == 0


def test_the_lock_is_let_go_when_an_exception_passes(tmp_path):
    oracle = opened(tmp_path)
    with pytest.raises(KeyError):
        oracle.update_trial("9999", {"val_loss": 1.0})
    assert oracle._access.acquire(blocking=False)


def test_an_oracle_is_let_go_when_its_search_is_over(tmp_path):
    oracle = opened(tmp_path)
    end(oracle, oracle.create_trial("a"), 1.0)
    gone = weakref.ref(oracle)
    del oracle
    gc.collect()
    assert gone() is None


def test_asking_changes_no_state(tmp_path):
    oracle = opened(tmp_path)
    before = oracle._state
    oracle.populate_space("0000")
    assert oracle._state == before == Told()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"objective": ["a", "b"]}, r"objective must be .* Received: \['a', 'b'\]"),
        ({"max_trials": 0}, r"max_trials must be at least 1. Received: 0"),
        ({"seed": -1}, "seed must be at least 0. Received: -1"),
    ],
)
def test_impossible_settings_are_refused(settings, said):
    with pytest.raises(SettingError, match=said):
        SearchOracle(**{"strategy": Ladder(), "objective": "val_loss", **settings})
