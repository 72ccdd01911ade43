"""Language models: the task that recurrent cells are searched for (Zoph & Le 2016, section 4.2)."""

from __future__ import annotations

import dataclasses
import functools
import math
import numbers
import shutil
import tempfile
import time
import weakref
import zlib
from contextlib import closing
from pathlib import Path
from typing import Any, Self

import keras_tuner
import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError

from autonas.arch import Architecture
from autonas.arch.language import language_network
from autonas.data.corpus import Corpus
from autonas.errors import DataError, SettingError, message
from autonas.estimators.finishing import no_network
from autonas.estimators.language_enas import CellSearch, Derived, check_cells, derive_cells
from autonas.estimators.recipes import WRITER
from autonas.estimators.settings import check_workers
from autonas.report import Display, display
from autonas.runtime.clock import Deadline
from autonas.runtime.compile import compile_architecture
from autonas.runtime.language import LanguageEvaluator, LanguageRecipe, stream_loss
from autonas.runtime.quiet import quiet_tracing
from autonas.runtime.weights import get_weights, set_weights
from autonas.search import Enas, Proposal, RandomSearch, Reinforce
from autonas.space import RnnCellSpace
from autonas.space.enas_language import LanguageCells
from autonas.tuner import SearchOracle, SearchTuner, fleet
from autonas.tuner.choosing import Workers, make_slots
from autonas.tuner.fingerprint import claim
from autonas.tuner.lock import locked

ORACLES: dict[str, Any] = {
    "rl": dataclasses.replace(WRITER, growth=None),
    "random": RandomSearch(),
    "enas": Enas(cells="rnn"),
}
"""What searches cells, by name."""
BASE = 8  # leaves of a tree
FIRST_SHARE = 0.1  # of the time limit: what a trial is taken to need, where nothing has been planned for each
LEAST_LEFT = 0.6  # of that: with less left no trial begins, since one that is cut short says little of its cell


class LanguageModel(BaseEstimator):
    """Finds the recurrent cell of a language model.

    ```python
    corpus = autonas.datasets.language_model("austen.txt")
    model = autonas.LanguageModel(max_trials=30, seed=0).fit(corpus)
    model.perplexity(corpus.test)
    ```

    Cells are trees of ``base`` leaves (Zoph & Le 2016), which a policy writes; the reward is 80 over the square of the
    perplexity on the validation part. Each is trained from scratch, and gradients go through ``length`` words.

    With ``"enas"`` cells are nodes in a row (Pham et al. 2018). One supernet learns shared weights, without dropout;
    children are ranked by their perplexity on validation minibatches, and the best are trained for real, from the
    supernet's weights or, with ``Enas(cells="rnn", start_from="scratch")``, from scratch. ``tied`` is refused there.

    Args:
        oracle: ``"rl"``, ``"random"``, ``"enas"``, or a strategy that decides, such as ``autonas.search.Reinforce`` or
            ``autonas.search.Enas(cells="rnn", nodes=12)``.
        base: leaves of a cell that is a tree; not for ``"enas"``.
        units: of the embedding and the recurrent layer.
        length, rows: words through which gradients go, and how many streams are read side by side.
        epochs: passes over the training part.
        rate: peak learning rate of Adam.
        dropout: around the recurrent layer.
        max_trials: most cells; with a time limit, whichever comes first. With neither: 30, or ``Enas(top=)``.
        time_limit: seconds for the trials, and for what comes before them (``"enas"``), with those of earlier calls in
            the same directory.
        directory: where the search lives; the same directory resumes it. None: a temporary one.
        overwrite: replace an earlier search in ``directory``.
        seed: of everything random.
        verbose: 0 silent, 1 live progress on a terminal and a line a trial elsewhere, 2 a line a trial.
        tied: whether the embedding's matrix tells the next word too, which spares as many weights (Press & Wolf 2017).
        workers: how many trials run at a time, each in a process of its own; 0 runs them in this one; ``"ray"`` or an
            ``autonas.RayCluster`` on a Ray cluster.

    Attributes:
        vocabulary_: the words by id.
        architecture_: the best network as data.
        model_: it as a ``keras.Model``: ids (n, length) in, logits (n, length, words) out.
        best_trial_: the trial it comes from.
        tuner_: the ``keras_tuner.Tuner`` of the search. A pickle does without it.
    """

    def __init__(
        self,
        oracle: Any = "rl",
        base: int = BASE,
        units: int = 64,
        length: int = 35,
        rows: int = 20,
        epochs: int = 5,
        rate: float = 5e-3,
        dropout: float = 0.2,
        max_trials: int | None = None,
        time_limit: float | None = None,
        directory: str | Path | None = None,
        overwrite: bool = False,
        seed: int = 0,
        verbose: int = 1,
        *,
        tied: bool = False,
        workers: Workers = 1,
    ) -> None:
        self.oracle, self.base, self.units = oracle, base, units
        self.length, self.rows, self.epochs, self.rate, self.dropout = length, rows, epochs, rate, dropout
        self.max_trials, self.time_limit, self.workers = max_trials, time_limit, workers
        self.tied = tied
        self.directory, self.overwrite, self.seed, self.verbose = directory, overwrite, seed, verbose

    @quiet_tracing()
    def fit(self, corpus: Corpus, y: None = None) -> Self:
        """Search a cell for ``corpus``; a second call in the same ``directory`` continues the search.

        Raises:
            DataError: the corpus is too short for one piece of ``rows`` times ``length`` words.
            SettingError: a setting cannot work.
            SearchFailed: every trial failed.
        """
        self._check(corpus)
        self.vocabulary_ = corpus.vocabulary
        deadline = Deadline(time.monotonic, self.time_limit)
        space = RnnCellSpace(functools.partial(self._network, len(corpus.vocabulary)), self.base)
        folder = self._workspace() / "search"
        strategy, enas = self._strategy(), self._enas()
        usual = 30 if enas is None else enas.top
        most = usual if self.max_trials is None and self.time_limit is None else self.max_trials
        slots = make_slots(fleet.slots_here(check_workers(self.workers)))
        with closing(slots), display(self.verbose, "val_perplexity", deadline) as shown:
            derived = None if enas is None else self._derived(enas, corpus, folder, shown)
            searched = space if derived is None else derived.space
            first: dict[str, Any] = {} if derived is None else {"longest": derived.each_s}
            if derived is not None and derived.initial is not None:
                first["initial"] = derived.initial
            self.tuner_ = SearchTuner(
                SearchOracle(
                    strategy(searched, folder), keras_tuner.Objective("val_perplexity", "min"), most, self.seed
                ),
                LanguageEvaluator(corpus, self._recipe(), time.monotonic, **first),
                folder.parent,
                folder.name,
                overwrite=self.overwrite and enas is None,
                fingerprint=self._fingerprint(corpus),
                watch=shown,
                slots=slots,
            )
            self._limit(deadline, derived, slots.size)
            self.tuner_.search()
        best = self.tuner_.best_trial()
        if best is None:
            raise no_network(self.tuner_)
        self.best_trial_ = best.trial_id
        self.architecture_ = self.tuner_.oracle.proposal(best.trial_id).architecture
        self.model_ = self.tuner_.load_model(best)
        return self

    def _limit(self, deadline: Deadline, derived: Derived | None, at_once: int) -> None:
        """Give the trials what is left of the time limit, what earlier runs of this search spent counted in."""
        if deadline.seconds is None:
            return
        each, before = (None, 0.0) if derived is None else (derived.each_s, derived.earlier_s)
        tuner, least = self.tuner_, LEAST_LEFT * (each or FIRST_SHARE * deadline.seconds)
        results = [tuner.result(name) for name in tuner.oracle.trials]
        spent = before + sum(sum(result.seconds.values()) for result in results if result is not None) / at_once
        left = deadline.seconds - deadline.elapsed() - spent
        if tuner.best_trial() is None:
            left = max(left, 2.0 * least)  # a fitted one can predict
        tuner.worthwhile_s, tuner.deadline = least, Deadline(time.monotonic, max(left, 0.0))

    def perplexity(self, ids: npt.ArrayLike) -> float:
        """Return the perplexity of ``ids`` (n,), read as one stream from its beginning: e to the mean cross-entropy of
        every word but the first.

        Raises:
            DataError: there are fewer than two ids, or some of no word in ``vocabulary_``.
        """
        self._check_fitted()
        return math.exp(stream_loss(self.model_, _checked(ids, len(self.vocabulary_)), 1))

    def baseline(self, corpus: Corpus) -> float:
        """Return the validation perplexity of an LSTM with as many parameters as the best cell's network, as nearly as
        its units allow, trained in the same way.
        """
        self._check_fitted()
        found = (self._network(len(corpus.vocabulary), None, units) for units in range(4, 8 * self.units))
        network = min(found, key=lambda each: abs(each.parameters - self.architecture_.parameters))
        evaluator = LanguageEvaluator(corpus, self._recipe(), time.monotonic)
        with tempfile.TemporaryDirectory(prefix="autonas-") as folder:
            result = evaluator.evaluate(
                Proposal(network),
                trial_id="lstm",
                folder=Path(folder),
                parent_folder=None,
                seconds=None,
                watch=lambda progress: None,
            )
        return result.metrics["val_perplexity"]

    def _network(self, vocabulary: int, cell: Any, units: int | None = None) -> Architecture:
        return language_network(self.length, vocabulary, units or self.units, cell, self.dropout, self.tied)

    def _derived(self, enas: Enas, corpus: Corpus, folder: Path, shown: Display) -> Derived:
        """Return the best children of a supernet, in the folder of this search."""
        search = CellSearch(
            enas,
            LanguageCells(self.length, len(corpus.vocabulary), self.units, enas.nodes, self.dropout),
            corpus,
            self._recipe(),
            self.seed,
            self.max_trials,
            self.time_limit,
            time.monotonic,
        )
        with locked(folder):
            claim(folder, self._fingerprint(corpus), self.overwrite)
            return derive_cells(search, folder / "enas", shown)

    def _enas(self) -> Enas | None:
        """Return the settings of ENAS where it is what searches, or raise SettingError where it cannot."""
        known = ORACLES.get(self.oracle) if isinstance(self.oracle, str) else self.oracle
        if not isinstance(known, Enas):
            return None
        check_cells(known, self.tied)
        if self.base != BASE:
            remedy = "Use autonas.search.Enas(cells='rnn', nodes=...), or oracle='rl' for trees"
            raise SettingError(message("base", "left out with oracle='enas'", self.base, remedy))
        if fleet.role() == "worker":
            remedy = "Use workers=, which trains the shared weights once"
            raise SettingError(message("KERASTUNER_TUNER_ID", "chief or none with oracle='enas'", "a worker's", remedy))
        return known

    def _strategy(self) -> Any:
        known = self.oracle if not isinstance(self.oracle, str) else ORACLES.get(self.oracle)
        if known is None or not hasattr(known, "on"):
            expected = f"one of {sorted(ORACLES)} or a strategy that decides"
            raise SettingError(message("oracle", expected, self.oracle, "Use 'rl'"))
        if isinstance(known, Reinforce) and known.decides != "networks":
            raise SettingError(message("decides", "'networks' for a language model", known.decides, "Leave it out"))

        def bind(space: RnnCellSpace, folder: Path) -> Any:
            if not isinstance(known, Reinforce):
                return known.on(space)
            reward = "perplexity" if known.reward == "auto" else known.reward
            return dataclasses.replace(known, reward=reward).seeded(self.seed).kept_in(folder).on(space)

        return bind

    def _recipe(self) -> LanguageRecipe:
        return LanguageRecipe(epochs=self.epochs, rows=self.rows, rate=self.rate, seed=self.seed)

    def _fingerprint(self, corpus: Corpus) -> dict[str, Any]:
        names = ("base", "units", "length", "rows", "epochs", "rate", "dropout", "seed")
        strategy = self.oracle if isinstance(self.oracle, str) else repr(self.oracle)
        read = [zlib.crc32(part.tobytes()) for part in (corpus.train, corpus.validation)]
        found = {"task": "language", "oracle": strategy, "data": read, **{name: getattr(self, name) for name in names}}
        return {**found, **({"tied": True} if self.tied else {})}

    def _check(self, corpus: Corpus) -> None:
        if not isinstance(corpus, Corpus):
            raise DataError(message("corpus", "a Corpus", corpus, "Use autonas.datasets.language_model(path)"))
        for name in ("base", "units", "length", "rows", "epochs"):
            value = getattr(self, name)
            if not isinstance(value, numbers.Integral) or isinstance(value, bool) or value < 1:
                raise SettingError(message(name, "an integer of at least 1", value, "Use the default"))
        if not isinstance(self.tied, bool):
            raise SettingError(message("tied", "True or False", self.tied, "Use False"))
        if self.time_limit is not None and not self.time_limit > 0:
            raise SettingError(message("time_limit", "positive seconds", self.time_limit, "Use None for no limit"))
        least = self.rows * self.length + 1
        if len(corpus.train) < least:
            expected = f"long enough: {least} words to train on"
            remedy = "Use a longer text, or smaller rows and length"
            raise DataError(message("corpus", expected, len(corpus.train), remedy))

    def __getstate__(self) -> dict[str, Any]:
        """Return what a pickle holds: the network as arrays, since no `.keras` file can hold every cell."""
        state = dict(super().__getstate__())
        state.pop("tuner_", None)
        if "model_" in state:
            state["model_"] = get_weights(state["model_"], self.architecture_)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if isinstance(getattr(self, "model_", None), dict):
            arrays, self.model_ = self.model_, compile_architecture(self.architecture_)
            set_weights(self.model_, self.architecture_, arrays)

    def _workspace(self) -> Path:
        if self.directory is not None:
            return Path(self.directory)
        made = Path(tempfile.mkdtemp(prefix="autonas-"))
        weakref.finalize(self, shutil.rmtree, made, ignore_errors=True)
        return made

    def _check_fitted(self) -> None:
        if not hasattr(self, "model_"):
            raise NotFittedError("LanguageModel must be fitted first. Received: an unfitted one. Call fit(corpus).")


def _checked(ids: npt.ArrayLike, words: int) -> npt.NDArray[np.int32]:
    """Return the ids of a stream as an array, or raise DataError."""
    given = np.asarray(ids)
    if given.ndim != 1 or len(given) < 2 or given.dtype.kind not in "iu" or given.min() < 0 or given.max() >= words:
        expected = f"two ids or more in a row, whole numbers from 0 to {words - 1}"
        raise DataError(message("ids", expected, ids, "Use a part of the corpus, such as corpus.test"))
    return given.astype(np.int32)
