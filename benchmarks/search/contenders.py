"""Who searches the tables: autonas's strategies, and other packages' optimisers over the same choices.

A contender is ``(space, trials, seed) -> networks`` in the order in which it tries them, none twice, by name. It sees
signals alone. Asking a rival for a network that it has had already costs it nothing, where its own package would train
it again; one that only repeats itself is stopped.
"""

import contextlib
import functools
import importlib.util
import itertools
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from autonas.search import BayesianMorphism, Evolution, LocalSearch, RandomSearch, Reinforce, SearchResult, run
from autonas.space import TableSpace
from autonas.space.adjacency import Choices
from autonas.space.table import choices_of

Contender = Callable[[TableSpace, int, int], Sequence[Choices]]

STRATEGIES = {
    "random": RandomSearch(),
    "evolution": Evolution(),
    "local": LocalSearch(),
    "bayesian": BayesianMorphism(),
    "bayesian-wl-edit": BayesianMorphism(kernel="wl+edit"),
    "bayesian-edit": BayesianMorphism(kernel="edit"),
    "bayesian-ts": BayesianMorphism(acquisition="ts"),
    "bayesian-standardised": BayesianMorphism(scores="standardised"),
    "bayesian-rank-gauss": BayesianMorphism(scores="rank-gauss"),
    "bayesian-as-published": BayesianMorphism.as_published(),
}
"""autonas's strategies as they come, and what the default of `bayesian` was chosen from."""

LEARNT = ("rl",)
"""Those that learn a policy, which needs TensorFlow."""

RIVALS = {"kerastuner-bayesian": "keras_tuner", "optuna-tpe": "optuna"}
"""What each of the others needs to be installed."""

MAIN = ("random", "evolution", "local", "bayesian")
REPEATS = 50  # in a row; then a rival has nothing new to say


def chosen(name: str) -> list[str]:
    """Return what ``--strategy`` names: one, or for ``all`` all of ours and every rival that is installed."""
    if name == "all":
        return [*MAIN, *(rival for rival, package in RIVALS.items() if importlib.util.find_spec(package))]
    return [name]


def contender(name: str) -> Contender:
    """Return the contender of this name."""
    if name in STRATEGIES:
        return lambda space, trials, seed: _ours(name, space, trials, seed)
    if name in LEARNT:
        return _reinforce
    return {"kerastuner-bayesian": _keras_tuner, "optuna-tpe": _optuna}[name]


def _ours(name: str, space: TableSpace, trials: int, seed: int) -> list[Choices]:
    return _tried(run(STRATEGIES[name], space, space.signal, trials, seed))


def _reinforce(space: TableSpace, trials: int, seed: int) -> list[Choices]:
    """Search by a policy; the table's scores are per cent."""
    return _tried(run(policy_search(), space, lambda each: space.signal(each) / 100, trials, seed))


@functools.cache
def policy_search() -> Reinforce:
    """Return the policy search of the tables: its settings are for hundreds of queries, not for the paper's 12,800."""
    from autonas.runtime.policy import PolicySettings, TaughtPolicy

    settings = PolicySettings(units=64, layers=1, init=0.3, learning_rate=0.01, baseline_rate=0.1)
    return Reinforce(policy=TaughtPolicy(settings))


def _tried(found: SearchResult) -> list[Choices]:
    return [choices_of(each.proposal.architecture) for each in found.history]


class _Rival:
    """Counts what a rival tries: new networks, up to ``trials`` of them."""

    def __init__(self, space: TableSpace, trials: int) -> None:
        self.space, self.trials = space, trials
        self.network_of = {name: network for network, group in space.names.items() for name in group}
        self.options = [sorted(set(values)) for values in zip(*space.rows, strict=True)]
        self.tried: dict[Choices, None] = {}
        self.repeats = 0

    @property
    def goes_on(self) -> bool:
        return len(self.tried) < self.trials and self.repeats < REPEATS

    def score(self, choices: Choices) -> float | None:
        """Return the signal of a name; None where the table does not list it."""
        network = self.network_of.get(choices)
        fresh = network is not None and network not in self.tried
        self.repeats = 0 if fresh else self.repeats + 1
        if network is None:
            return None
        self.tried[network] = None
        return self.space.rows[network][0]


def _optuna(space: TableSpace, trials: int, seed: int) -> list[Choices]:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    rival = _Rival(space, trials)
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))
    while rival.goes_on:
        trial = study.ask()
        choices = tuple(trial.suggest_categorical(str(at), each) for at, each in enumerate(rival.options))
        score = rival.score(choices)
        if score is None:
            study.tell(trial, state=optuna.trial.TrialState.FAIL)
        else:
            study.tell(trial, score)
    return list(rival.tried)


def _keras_tuner(space: TableSpace, trials: int, seed: int) -> list[Choices]:
    import keras_tuner

    rival = _Rival(space, trials)
    choices = keras_tuner.HyperParameters()
    for at, options in enumerate(rival.options):
        choices.Choice(str(at), options)
    with tempfile.TemporaryDirectory() as folder, _silence():
        oracle = keras_tuner.oracles.BayesianOptimizationOracle(
            objective=keras_tuner.Objective("signal", "max"),
            max_trials=trials * REPEATS,
            hyperparameters=choices,
            seed=seed,
            max_consecutive_failed_trials=trials * REPEATS,
        )
        oracle._set_project_dir(folder, "oracle")
        for trial in _trials(oracle):
            values = trial.hyperparameters.values
            score = rival.score(tuple(values[str(at)] for at in range(len(rival.options))))
            if score is not None:
                oracle.update_trial(trial.trial_id, {"signal": score})
            trial.status = "INVALID" if score is None else "COMPLETED"
            oracle.end_trial(trial)
            if not rival.goes_on:
                break
    return list(rival.tried)


def _trials(oracle: object) -> Iterator[object]:
    for _ in itertools.count():
        trial = oracle.create_trial("benchmark")
        if trial.status == "STOPPED":
            return
        yield trial


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """KerasTuner prints."""
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
        yield
