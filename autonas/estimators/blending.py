"""The best trials of a search as one network: greedy selection on the validation part (Caruana et al. 2004).

Networks of different designs err in different places; a sum of them errs less. Selection starts from the finished
network and adds, again and again and with replacement, whichever network lowers the validation loss most; how often
each was taken is its share. The blend is kept only where its loss is lower, and its objective no worse, than those of
the network that it starts from.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from autonas.arch import Architecture
from autonas.estimators.finished import Stored, readable_network
from autonas.estimators.job import Job
from autonas.morph import Arrays, blend, blendable
from autonas.runtime.compile import compile_architecture
from autonas.runtime.metrics import Floats, outputs, validation_metrics
from autonas.runtime.weights import set_weights
from autonas.tuner import SearchTuner
from autonas.tuner.disk import is_pruned

MOST = 6  # networks looked at
ROUNDS = 10
LEAST = 2.0  # seconds for another network
SHARE, MOST_SECONDS = 0.05, 60.0  # of the time limit, and at most
DESIGNS = 2  # networks looked at of one set of ops: more of them err in the same places


@dataclasses.dataclass(frozen=True)
class _Member:
    architecture: Architecture
    weights: Arrays
    predicted: Floats  # (n, k) on the validation part


def wanted(job: Job) -> bool:
    """Whether a search ends in a blend: what is trained on all data in the end cannot be judged any more."""
    return job.kind.blend and job.settings.refit is None


def reserved(job: Job) -> float:
    """Return the seconds that are kept for blending."""
    limit = job.settings.time_limit
    return min(SHARE * limit, MOST_SECONDS) if limit is not None and wanted(job) else 0.0


def blended(job: Job, tuner: SearchTuner, best: Stored) -> Stored:
    """Return ``best`` and other trials' networks as one network, or ``best`` alone where that is not better."""
    if not blendable(best.architecture):
        return best
    members = [_member(job, best.architecture, best.weights)]
    for architecture, weights in _others(tuner, best):
        left = job.deadline.left()
        if left is not None and left < LEAST:
            break
        members.append(_member(job, architecture, weights))
    shares = _select(job, members)
    used = [place for place, share in enumerate(shares) if share]
    if len(used) < 2:
        return best
    predicted = sum(share * member.predicted for share, member in zip(shares, members, strict=True))
    metrics = _metrics(job, predicted)
    sign, name = (1.0 if job.settings.maximise else -1.0), job.settings.objective.name
    if sign * metrics[name] < sign * best.metrics[name]:
        return best
    networks = [(members[place].architecture, members[place].weights) for place in used]
    architecture, weights = blend(networks, [shares[place] for place in used])
    most = job.settings.max_params
    if most is not None and architecture.parameters > most:
        return best
    return dataclasses.replace(best, architecture=architecture, weights=weights, metrics=metrics, source="blend")


def _others(tuner: SearchTuner, best: Stored) -> list[tuple[Architecture, Arrays]]:
    """The best trials, a few of every design, without the one that ``best`` comes from."""
    found: list[tuple[Architecture, Arrays]] = []
    designs: dict[frozenset[str], int] = {_design(best.architecture): 1}
    for trial in tuner.oracle.get_best_trials(len(tuner.oracle.trials)):
        if trial.trial_id == best.trial_id or len(found) == MOST:
            continue
        folder = tuner.trial_folder(trial.trial_id)
        network = None if is_pruned(folder) else readable_network(folder)
        if network is None:
            continue
        architecture, weights = network
        design = _design(architecture)
        if blendable(architecture) and designs.get(design, 0) < DESIGNS:
            designs[design] = designs.get(design, 0) + 1
            found.append((architecture, weights))
    return found


def _design(architecture: Architecture) -> frozenset[str]:
    return frozenset(each.op for each in architecture.nodes)


def _member(job: Job, architecture: Architecture, weights: Arrays) -> _Member:
    model = compile_architecture(architecture)
    set_weights(model, architecture, weights)
    return _Member(architecture, weights, outputs(model, job.data.validation, job.data.schema))


def _select(job: Job, members: list[_Member]) -> list[float]:
    """Return each member's share, 0 for those that do not help."""
    counts = np.zeros(len(members))
    counts[0] = 1
    total = members[0].predicted.astype(np.float64)
    loss = _metrics(job, total)["val_loss"]
    for _ in range(ROUNDS):
        size = counts.sum() + 1
        losses = [_metrics(job, (total + member.predicted) / size)["val_loss"] for member in members]
        place = int(np.argmin(losses))
        if losses[place] >= loss:
            break
        loss, total = losses[place], total + members[place].predicted
        counts[place] += 1
    return (counts / counts.sum()).tolist()


def _metrics(job: Job, predicted: Floats) -> dict[str, float]:
    return validation_metrics(np.asarray(predicted, np.float32), job.data.validation, job.task, job.scoring)
