"""Spaces that are not reached by edits from a kind's first networks: what an oracle that decides networks searches."""

from __future__ import annotations

import functools
from typing import Any

from autonas.arch import Architecture, content_id
from autonas.arch.op import Shape
from autonas.arch.starters import dense_cnn, plain_cnn
from autonas.arch.text_starters import around_cell
from autonas.data import Dataset
from autonas.errors import SettingError, message
from autonas.estimators.job import Job
from autonas.estimators.kind import WIDTHS, Design, Family
from autonas.estimators.recipes import ORACLES
from autonas.runtime.evaluators import Lengths
from autonas.runtime.plan import Plan
from autonas.runtime.schedule import Span
from autonas.search import Reinforce
from autonas.space import CnnSpace, MorphSpace, RnnCellSpace, Space, TransformSpace
from autonas.space.cnn import FILTERS
from autonas.space.transforms import LEVELS, UNITS, is_dense, layers_of

RECOVERY = 6.0  # epochs that a child must have before edits are tried that lose what its parent has learned
TRIAL_SHARE = 0.06  # of the time limit, for a network that is decided and not edited: nothing is inherited
ROOM = 2.0  # operations of a decided network, over what is planned for networks that grow
LAYERS, FIRST_LAYERS = 12, 6  # of decided convolutional networks: most, and of the first
WIDER, DEEPER = 2, 3  # steps of an episode; published are 4 and 5, for networks a hundred times as costly
GROWN, DENSENET_GROWN = 6.0, 2.0  # times as large as the start network: what episodes make of it, about the median
BASE = 8  # leaves of a recurrent cell
LARGE = 16  # pixels from which on a decided network is pooled: without pools it has the image's size throughout


def families(job: Job) -> tuple[Family, ...]:
    """Return the designs of a search's first networks."""
    design = _design(job)
    return job.kind.families(job.data, job.outputs) if design is None else design.families(job.data, job.outputs)


def search_space(job: Job, plan: Plan, firsts: tuple[Architecture, ...]) -> Space:
    """Return where a search looks, within the user's bounds and the plan's."""
    design, most = _design(job), job.settings.max_params
    if design is not None:
        flops = None if plan.max_flops is None else int(ROOM * plan.max_flops)
        return design.space(job.data, job.outputs, firsts, most, flops)
    # At a bound, edits that shrink are the way on.
    shrink = plan.child_epochs >= RECOVERY or most is not None
    return MorphSpace(firsts, max_parameters=most, max_flops=plan.max_flops, shrink=shrink)


def bound_strategy(job: Job, space: Space) -> Any:
    """Return the search's strategy on ``space``; what it learns is kept in the search's folder."""
    strategy = job.settings.recipe.strategy
    if isinstance(strategy, Reinforce):
        strategy = strategy.seeded(job.seed).kept_in(job.folder)
    return strategy.on(space)


def trial_lengths(job: Job, plan: Plan) -> Lengths:
    """Return how long trials train."""
    limit = job.seconds
    if _design(job) is None or limit is None or job.settings.recipe.start == "warm":
        return plan.lengths
    length = Span(plan.lengths.scratch.steps, min(plan.lengths.scratch.seconds or limit, TRIAL_SHARE * limit))
    return Lengths(length, length)


def _design(job: Job) -> Design | None:
    name = job.settings.recipe.design
    if name is None:
        return None
    if name not in job.kind.designs:
        kinds = "images and texts" if name == "decided" else "images"
        expected = f"one that searches networks for {job.data.schema.kind}: this one is for {kinds}"
        received = next((oracle for oracle, recipe in ORACLES.items() if recipe.design == name), name)
        raise SettingError(message("oracle", expected, received, "Use 'bayesian'"))
    return job.kind.designs[name]


def _filters(width: int) -> tuple[int, ...]:
    """Return the numbers of filters to choose from: those of the paper at width 12."""
    return tuple(sorted({max(width * each // 12, 1) for each in FILTERS}))


def _cnn(shape: Shape, outputs: int, width: int, **bounds: int | None) -> CnnSpace:
    pooled = min(shape[:2]) >= LARGE
    return CnnSpace(shape, outputs, LAYERS, FIRST_LAYERS, _filters(width), pooled=pooled, **bounds)


def _cnn_families(data: Dataset, outputs: int) -> tuple[Family, ...]:
    return (Family(lambda width: _cnn(data.schema.shape, outputs, width).starters[0], WIDTHS, default=8),)


def _cnn_space(
    data: Dataset,
    outputs: int,
    firsts: tuple[Architecture, ...],
    max_parameters: int | None,
    max_flops: int | None,
) -> CnnSpace:
    """Return the space whose starter is the search's first network."""
    shape, first = data.schema.shape, content_id(firsts[0])
    width = next(each for each in WIDTHS if content_id(_cnn(shape, outputs, each).starters[0]) == first)
    return _cnn(shape, outputs, width, max_parameters=max_parameters, max_flops=max_flops)


def _start_families(data: Dataset, outputs: int) -> tuple[Family, ...]:
    return (Family(lambda width: plain_cnn(data.schema.shape, outputs, width), WIDTHS, default=8, room=GROWN),)


def _transforms(
    data: Dataset,
    outputs: int,
    firsts: tuple[Architecture, ...],
    max_parameters: int | None,
    max_flops: int | None,
) -> TransformSpace:
    """Return the episodes that begin with the search's first network; the lists of widths begin with its own."""
    width = next(each.width for each in layers_of(firsts[0]))
    levels, units = (tuple(width * each // LEVELS[0] for each in listed) for listed in (LEVELS, UNITS))
    if is_dense(firsts[0]):
        levels = tuple(range(width, 12 * width + 1, max(width // 2, 1)))
    return TransformSpace(firsts[0], levels, units, WIDER, DEEPER, max_parameters, max_flops)


def _cells(data: Dataset, outputs: int, width: int, **bounds: int | None) -> RnnCellSpace:
    return RnnCellSpace(functools.partial(around_cell, data.schema.sizes, outputs, width), BASE, **bounds)


def _cell_families(data: Dataset, outputs: int) -> tuple[Family, ...]:
    return (Family(lambda width: _cells(data, outputs, width).starters[0], (8, 16, 32), default=16),)


def _cell_space(
    data: Dataset,
    outputs: int,
    firsts: tuple[Architecture, ...],
    max_parameters: int | None,
    max_flops: int | None,
) -> RnnCellSpace:
    """Return the cells in a network as wide as the search's first one."""
    width = next(each["units"] for each in firsts[0].nodes if each.op == "tree_rnn")
    return _cells(data, outputs, width, max_parameters=max_parameters, max_flops=max_flops)


CELLS = Design(_cell_families, _cell_space)
"""Recurrent cells written as trees (Zoph & Le 2016), in a network that reads a text."""

TRANSFORMED = Design(_start_families, _transforms)
"""A chain of convs and dense layers, made wider and deeper in episodes (Cai et al. 2017)."""

DENSENET = Design(
    lambda data, outputs: (
        Family(lambda width: dense_cnn(data.schema.shape, outputs, width), WIDTHS, default=4, room=DENSENET_GROWN),
    ),
    _transforms,
)
"""A DenseNet, whose layers grow and are copied in episodes (Cai et al. 2017)."""

CNN = Design(_cnn_families, _cnn_space)
"""Convolutional networks written layer by layer (Zoph & Le 2016)."""
