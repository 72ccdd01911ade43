"""What all estimators share: a scikit-learn face over one search."""

from __future__ import annotations

import abc
import shutil
import tempfile
import time
import weakref
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import keras
import keras_tuner
import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError

from autonas.data import Dataset, make_dataset
from autonas.data.entered import Entered
from autonas.data.rows import Rows, count, filled_up, take
from autonas.data.targets import Target
from autonas.data.weights import check_weights
from autonas.errors import DataError
from autonas.estimators import facts, saving
from autonas.estimators.identity import resolved_seed
from autonas.estimators.job import Found, Job
from autonas.estimators.kind import Kind
from autonas.estimators.searching import search
from autonas.estimators.settings import PROJECT, Settings, aim, check_outputs, check_run, check_settings
from autonas.estimators.several import Finding, Together
from autonas.export import assemble, export
from autonas.report import Display, Leaderboard, display, leaderboard, write_page, write_report
from autonas.report.story import FACTS, retold
from autonas.report.tensorboard import TensorBoardDisplay
from autonas.runtime.clock import Deadline
from autonas.runtime.compile import compile_architecture
from autonas.runtime.evaluators import release
from autonas.runtime.scoring import Scoring, check_scored, make_scoring
from autonas.runtime.weights import set_weights
from autonas.search import Strategy
from autonas.tuner import fleet
from autonas.tuner.choosing import Workers, make_slots

PREDICTION_BATCH, FEW = 256, 32  # examples a batch: two shapes, so that the network is traced twice at most


class Estimator(BaseEstimator, abc.ABC):
    """Searches a network for one kind of data. A subclass says which, and what is learned of it: see
    `autonas.ImageClassifier`."""

    kind: ClassVar[Kind]
    task: ClassVar[Literal["classification", "regression", "heads"]]

    def __init__(
        self,
        *,
        oracle: str | Strategy[Any] = "bayesian",
        time_limit: float | None = None,
        max_trials: int | None = None,
        objective: str | keras_tuner.Objective = "auto",
        max_params: int | None = None,
        workers: Workers = 1,
        distribution: Any = "auto",
        max_disk_mb: float | None = 4000,
        loss: Any = None,
        metrics: Sequence[Any] | None = None,
        refit: Literal["all"] | None = None,
        directory: str | Path | None = None,
        overwrite: bool = False,
        seed: int | None = None,
        verbose: int = 1,
        tensorboard: bool = False,
        # as AutoKeras has them: see docs/from_autokeras.md
        project_name: str | None = None,
        max_model_size: int | None = None,
        tuner: str | None = None,
        num_classes: int | None = None,
        multi_label: bool | None = None,
        output_dim: int | None = None,
    ):
        self.oracle = oracle
        self.time_limit = time_limit
        self.max_trials = max_trials
        self.objective = objective
        self.max_params = max_params
        self.workers = workers
        self.distribution = distribution
        self.max_disk_mb = max_disk_mb
        self.loss = loss
        self.metrics = metrics
        self.refit = refit
        self.directory = directory
        self.overwrite = overwrite
        self.seed = seed
        self.verbose = verbose
        self.tensorboard = tensorboard
        self.project_name = project_name
        self.max_model_size = max_model_size
        self.tuner = tuner
        self.num_classes = num_classes
        self.multi_label = multi_label
        self.output_dim = output_dim

    def fit(
        self,
        x: Any,
        y: npt.ArrayLike | None = None,
        *,
        validation_data: Any = None,
        validation_split: Any = "auto",
        epochs: float | None = None,
        batch_size: int | None = None,
        callbacks: Sequence[keras.callbacks.Callback] | None = None,
        sample_weight: npt.ArrayLike | None = None,
        class_weight: dict[Any, float] | Literal["balanced"] | None = None,
    ) -> Self:
        """Search a network for ``x`` and ``y``; a second call in the same ``directory`` continues the search.

        Ctrl-C ends the search with the best network so far.

        Args:
            x: examples; the class says in which forms.
            y: for a classifier labels (n,), one-hot rows (n, k), or several labels an example, as rows (n, k) of 0 and
                1 or as a list of sets; numbers (n,) or (n, k) for a regressor; None where x brings them.
            validation_data: (x, y) or (x, y, weights), or any other form of x that brings y, to compare networks on;
                None splits it off, shuffled and, for classes, stratified.
            validation_split: share of the data that is split off (of a stream at most 128 MB), or a scikit-learn
                splitter, whose first split is used; ``"auto"``: a fifth of up to 5,000 examples, 1,000 of up to 10,000,
                a tenth of more.
            epochs: most passes over the data of one training run from scratch and of finishing, a third of it for a
                network that inherits; None: planned.
            batch_size: examples a gradient step; None: chosen by how many there are.
            callbacks: Keras callbacks; every training run gets copies, in another process unless ``workers=0``: what
                they collect stays there.
            sample_weight: (n,) weights of the examples, in training and in validation.
            class_weight: weight of each class in training, by label, or "balanced".

        Raises:
            DataError: the data cannot be learned from.
            SettingError: a setting cannot work.
            DirectoryError: ``directory`` holds another search.
            SearchFailed: every trial failed.
        """
        settings = check_settings(self._settings(), self.task)
        self._check_scored()
        check_run(epochs, batch_size, callbacks)
        deadline = Deadline(time.monotonic, settings.time_limit)
        together = Together(settings.distribution)
        with together.session():
            folder = self._workspace(own=together.follows) / settings.project
            seed = together.agreed(resolved_seed(self.seed, folder, self.overwrite))
            # processes of trials start while the data are prepared
            with closing(make_slots(fleet.slots_here(settings.workers))) as slots:
                data = make_dataset(
                    x,
                    y,
                    reader=self.kind.reader,
                    task=self.task,
                    validation_data=validation_data,
                    validation_split=validation_split,
                    sample_weight=sample_weight,
                    class_weight=class_weight,
                    multi_label=self.multi_label,
                    seed=seed,
                )
                told = self._told(epochs=epochs, batch_size=batch_size, class_weight=class_weight)
                run = {"epochs": epochs, "batch_size": batch_size, "callbacks": tuple(callbacks or ()), "told": told}
                job = self._job(settings, data, seed=seed, folder=folder, slots=slots, deadline=deadline, **run)
                together.ready(job)
                if together.follows:
                    return self._take_over(together.followed(job), data)
                with self._display(job.settings, deadline, folder) as shown:
                    found = search(job, shown)
            judged = self._wrap_up(found, data)
            self._account(found, deadline, job.prepared)
            self.facts_ = facts.end(folder, self.timing_, judged)
            together.share(Finding(found, self.leaderboard_, self.timing_, self.facts_))
        return self

    @abc.abstractmethod
    def predict(self, x: Any) -> npt.NDArray[Any]:
        """Return predictions for x in the form given to `fit`: labels (n,), or numbers of the shape of ``y``."""

    def leaderboard(self) -> Leaderboard:
        """Return one row a trial, the best first: score, parameters, epochs, seconds, parent, edits, status."""
        self._check_fitted()
        return self.leaderboard_

    def export_model(self) -> keras.Model:
        """Return the network as one ``keras.Model``: raw x in the form given to `fit` in, probabilities or values out.

        It needs nothing of autonas; the labels of a classifier are in its last layer (`autonas.export.class_labels`).
        """
        self._check_fitted()
        copy = keras.models.clone_model(self.model_)
        copy.set_weights(self.model_.get_weights())
        return copy

    def export(self, path: str | Path, format: str = "keras", overwrite: bool = False) -> Path:
        """Write the network to ``path``, read it back, and return the path once it predicts as this estimator does.

        Args:
            path: a file that ends in ``.keras``, ``.py`` (``python``), ``.onnx`` or ``.tflite`` (``litert``); a folder
                for ``tf_saved_model`` or ``python``.
            format: ``keras``; ``tf_saved_model``; ``python``, a module of Keras code with its weights beside it;
                ``onnx`` (``pip install "autonas[onnx]"``); ``litert`` (``pip install "autonas[litert]"``).
            overwrite: replace an earlier export.

        Raises:
            SettingError: an unknown format, a path that is taken, or an extra that is not installed.
            ExportError: the format has not every op of the network, or what was written does not load or predicts
                something else; nothing is left behind.
        """
        self._check_fitted()
        return export(self.model_, path, format, sample=self.sample_, overwrite=overwrite)

    def report(self, path: str | Path = "report.html") -> Path:
        """Write the report of the search to ``path``, one HTML page that loads nothing, and return the path.

        It has the leaderboard, learning curves, the edits that led to the best network and its drawing, scores against
        time and size, where the time went, and how the network errs on the validation data. The same page of a search
        that still runs: `autonas.report.write_report`. A report that stands at ``path`` is replaced.

        Raises:
            SettingError: ``path`` cannot be written.
        """
        self._check_fitted()
        at = getattr(self, "directory_", None)
        folder = None if at is None else Path(at) / (self.project_name or PROJECT)
        if folder is not None and (folder / FACTS).is_file():
            return write_report(folder, path)
        # loaded, or moved: what the estimator itself remembers
        found = self.architecture_, self.validation_metrics_, self.best_trial_, self.source_
        return write_page(retold(self.leaderboard_, *found, self.facts_), path)

    def save(self, path: str | Path, overwrite: bool = False) -> Path:
        """Write the fitted estimator to the file ``path``; `autonas.load` reads it. Trials stay in ``directory_``."""
        self._check_fitted()
        return saving.save(self, Path(path), overwrite)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "model_")

    def __getstate__(self) -> dict[str, Any]:
        return saving.picklable(super().__getstate__())

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(saving.unpickled(state))

    def _job(self, settings: Settings, data: Dataset, *, deadline: Deadline, **run: Any) -> Job:
        """Return the search that is to run on ``data``; ``run`` has the other fields of a `Job`."""
        check_outputs(self._settings(), data.target)
        scoring = self._scoring(data.target, data.train.y)
        return Job(
            kind=self.kind,
            data=data,
            task=scoring.task,
            outputs=_outputs(data.target),
            settings=aim(settings, self._objective(), scoring),
            scoring=scoring,
            overwrite=self.overwrite,
            clock=time.monotonic,
            deadline=deadline,
            prepared=deadline.elapsed(),
            **run,
        )

    def _take_over(self, finding: Finding, data: Dataset) -> Self:
        """Be fitted with what the chief of several processes has found."""
        self._wrap_up(finding.found, data, finding.board)
        self.timing_, self.facts_ = finding.timing, finding.facts
        return self

    def _workspace(self, own: bool = False) -> Path:
        """Return where the search lives: the user's directory, or a new folder that goes when this estimator does.

        ``own`` takes a new one in any case: the chief of several processes alone writes the user's.
        """
        if self.directory is not None and not own:
            self.directory_ = Path(self.directory)
            return self.directory_
        self.directory_ = Path(tempfile.mkdtemp(prefix="autonas-"))
        weakref.finalize(self, shutil.rmtree, self.directory_, ignore_errors=True)
        return self.directory_

    def _wrap_up(self, found: Found, data: Dataset, board: Leaderboard | None = None) -> dict[str, Any]:
        """Keep what a fitted estimator needs; return how the network errs, for the report."""
        network = compile_architecture(found.architecture)
        set_weights(network, found.architecture, found.weights)
        self.model_ = assemble(network, data.schema, data.target)
        self.schema_, self.target_ = data.schema, data.target
        self.sample_ = data.sample
        self.architecture_, self.validation_metrics_ = found.architecture, found.metrics
        self.best_trial_, self.source_ = found.trial_id, found.source
        self.tuner_, self.plan_ = found.tuner, found.plan
        self.leaderboard_ = leaderboard(found.tuner) if board is None else board
        judged = facts.judgement(network, data, found.refitted)
        release()
        return judged

    def _account(self, found: Found, deadline: Deadline, prepared: float) -> None:
        """Keep where the time went: ``timing_``, seconds by kind, which sum up to ``total``."""
        seconds = {"data": prepared, **found.seconds}
        total = deadline.elapsed()
        self.timing_ = {**seconds, "other": total - sum(seconds.values()), "total": total}

    def _objective(self) -> str | keras_tuner.Objective:
        left_open = isinstance(self.objective, str) and self.objective == "auto"  # an Objective compares its name
        return self.kind.objective if left_open and self.kind.objective is not None else self.objective

    def _check_scored(self) -> None:
        """Raise SettingError for a loss or metrics that are none whatever the data."""
        check_scored(self.loss, self.metrics)

    def _scoring(self, target: Target, codes: npt.NDArray[Any]) -> Scoring:
        """Return the user's loss and metrics, tried on encoded targets."""
        return make_scoring(target, self.loss, self.metrics, codes)

    def _entered(self, x: Any, y: Any, sample_weight: Any) -> Entered:
        self._check_fitted()
        return self.kind.reader.enter(x, y, sample_weight, schema=self.schema_)

    def _scored(self, came: Entered, outputs: npt.NDArray[Any]) -> dict[str, float]:
        """Return the user's loss and metrics of what a network would have given (logits, or scaled numbers)."""
        codes, weight = self.target_.encode(came.y), check_weights(came.weight, len(outputs))
        scoring = self._scoring(self.target_, codes)
        found = {"loss": scoring.validation_loss(codes, outputs, weight)} if scoring.loss is not None else {}
        return {**found, **scoring.values(codes, outputs, weight)}

    def _outputs_for(self, x: Any) -> npt.NDArray[np.float32]:
        """Return what the network gives for raw x: probabilities or values, (n, k)."""
        self._check_fitted()
        parts = [self._outputs_of(rows) for rows in self.kind.reader.arrivals(x, self.schema_)]
        if not parts:
            raise DataError("x must hold at least one batch. Received: none. Give a stream that is not used up.")
        return np.concatenate(parts)

    def _outputs_of(self, rows: Rows) -> npt.NDArray[np.float32]:
        raw = self.schema_.feed(rows)
        n = count(raw)
        size = PREDICTION_BATCH if n > FEW else FEW
        batches = (filled_up(take(raw, slice(at, min(at + size, n))), size) for at in range(0, n, size))
        outputs: npt.NDArray[np.float32] = np.concatenate([self._predicted(each) for each in batches])[:n]
        return outputs

    def _predicted(self, batch: Rows) -> npt.NDArray[np.float32]:
        outputs: npt.NDArray[np.float32] = self.model_.predict_on_batch(batch)
        return outputs

    def _display(self, settings: Settings, deadline: Deadline, folder: Path) -> Display:
        shown = display(self.verbose, settings.objective.name, deadline)
        return TensorBoardDisplay(shown, folder) if self.tensorboard else shown

    def _told(self, **run: Any) -> dict[str, Any]:
        return {"class": type(self).__name__, **self.get_params(deep=False), **run}

    def _settings(self) -> dict[str, Any]:
        """Return what the user has set."""
        return dict(self.get_params(deep=False))

    def _check_fitted(self) -> None:
        if not self.__sklearn_is_fitted__():
            raise NotFittedError(
                f"{type(self).__name__} must be fitted first. Received: an unfitted one. Call fit(x, y)."
            )


def _outputs(target: Target) -> int:
    return int(target.n_classes if hasattr(target, "n_classes") else target.n_outputs)
