"""Plans: how large the first network is and how the time is shared out, from a few measured training steps.

notation  meaning
r         floating-point operations a second that training reaches here, measured
n         training examples
f         operations of one example at inference; a training step costs about three times as many
T         the time limit, seconds
E         epochs that a network can have within all of T: r T u / (3 f n), u the share of T that trains one lineage
s         how far T goes beyond ten minutes: max(1, sqrt(T / 600))

The first network is the widest with E >= EPOCHS * s. Of longer limits a part goes to wider networks, a part to longer
training and a part to more of them: s times as many children, which may have s times the operations that the first
network may have. In ten minutes that is no growth: a child of more operations would be finished for fewer epochs.
"""

from __future__ import annotations

import dataclasses
import math
import statistics
from collections.abc import Callable, Sequence

import keras
import numpy as np

from autonas.arch import Architecture
from autonas.data import Dataset
from autonas.data.batches import steps_per_epoch
from autonas.data.pipelines import network_input
from autonas.data.rows import spread
from autonas.runtime.clock import Clock
from autonas.runtime.compile import Precision, compile_architecture
from autonas.runtime.evaluators import Lengths
from autonas.runtime.schedule import Span

TRAINING_COST = 3.0  # forward, and backward to weights and to inputs
LINEAGE_SHARE = 0.75
EPOCHS = 36.0
TEN_MINUTES = 600.0

WORTH = 1.1  # how much faster bfloat16 must be

FINISH_SHARE = 0.72
FIRST_SHARE = 0.14
CHILD_SHARE = 0.05  # divided by s


@dataclasses.dataclass(frozen=True)
class Effort:
    """How long networks should train where time does not bound it: so many epochs, and so many steps at least, from
    scratch, as a child that inherits, and in finishing, which gets at most ``finish_share`` of the time."""

    epochs: tuple[float, float, float] = (24.0, 8.0, 60.0)
    steps: tuple[int, int, int] = (400, 120, 600)
    finish_share: float = FINISH_SHARE


IMAGE_EFFORT = Effort()


@dataclasses.dataclass(frozen=True)
class Plan:
    """How one search uses its time.

    Attributes:
        search_seconds: for trials; None for no bound.
        finish: the span of finishing.
        lengths: the spans of trials.
        max_flops: bound on a network's operations, so that finishing can still train it; None for no bound.
        epochs: passes over the data that the first network would make if it were trained and finished alone.
        child_epochs: passes that a child as large as the first network makes.
    """

    search_seconds: float | None
    finish: Span
    lengths: Lengths
    max_flops: int | None
    epochs: float
    child_epochs: float


def fastest_precision(
    architecture: Architecture, data: Dataset, batch_size: int, clock: Clock, choices: Sequence[Precision]
) -> tuple[Precision, float]:
    """Return what of ``choices`` training is fastest in, and r in it; one that is not worth its rounding loses."""
    rates = {each: flops_per_second(architecture, data, batch_size, clock, each) for each in choices}
    best = max(rates, key=lambda each: rates[each] / (1.0 if each == "float32" else WORTH))
    return best, rates[best]


def flops_per_second(
    architecture: Architecture, data: Dataset, batch_size: int, clock: Clock, precision: Precision = "float32"
) -> float:
    """Return r: train ``architecture`` for a few steps on some of the data and divide its operations by the time of
    the median step."""
    model = compile_architecture(architecture, precision=precision)
    model.compile(optimizer=keras.optimizers.SGD(0.0), loss="mean_squared_error", jit_compile=False)
    model.optimizer.build(model.trainable_variables)
    size = min(batch_size, len(data.train))
    x = network_input(spread(data.train.x, size), data.schema, architecture.inputs)
    zeros = [np.zeros((size, *architecture.shapes[id]), np.float32) for id in architecture.outputs]
    y = zeros if len(zeros) > 1 else zeros[0]
    seconds = []
    for _ in range(6):
        begun = clock()
        model.train_on_batch(x, y)
        seconds.append(clock() - begun)
    return TRAINING_COST * architecture.flops * size / statistics.median(seconds[2:])


def first_network(
    make: Callable[[int], Architecture],
    widths: Sequence[int],
    *,
    rate: float | None,
    examples: int,
    seconds: float | None,
    max_parameters: int | None,
) -> Architecture:
    """Return the widest network of ``make(width)`` that ``seconds`` allow EPOCHS epochs and that has at most
    ``max_parameters``.

    Args:
        make: builds a network of a width.
        widths: to choose from, ascending; the first one is taken where none fits the time.
        rate: r, operations a second; not needed without ``seconds``.
        examples: n.
        seconds: T; None takes the widest that fits ``max_parameters``.
        max_parameters: bound; None for none.
    """
    networks = [make(width) for width in widths]
    fitting = [each for each in networks if max_parameters is None or each.parameters <= max_parameters] or networks[:1]
    if seconds is None or rate is None:
        return fitting[-1]
    affordable = _affordable_flops(rate, examples, seconds)
    return [each for each in fitting if each.flops <= affordable or each is fitting[0]][-1]


def paced_network(
    choose: Callable[[float], Architecture],
    wider: Callable[[Architecture], Architecture | None],
    pace: Callable[[Architecture], float],
    rate: float,
) -> tuple[Architecture, float]:
    """Return the widest network that can be afforded at the rate at which it trains itself, and that rate.

    Wide layers keep a processor busier than narrow ones, so r of one network underrates wider ones: they are measured
    one by one.

    Args:
        choose: the first network by r.
        wider: the next wider network than one, or None.
        pace: measures r of a network.
        rate: r of some network, to begin with.
    """
    network = choose(rate)
    rate = pace(network)
    while (following := wider(network)) is not None:
        faster = pace(following)
        if choose(faster).flops < following.flops:
            break
        network, rate = following, faster
    return min(network, choose(rate), key=lambda each: each.flops), rate


def make_plan(
    *,
    rate: float | None,
    examples: int,
    batch_size: int,
    first: Architecture,
    seconds: float | None,
    epochs: float | None,
    halves: int = 1,
    starters: int = 1,
    effort: Effort = IMAGE_EFFORT,
) -> Plan:
    """Share out ``seconds`` (None: bounds on steps alone) between the first trials, their children and finishing.

    Args:
        rate: r, operations a second; not needed without ``seconds``.
        examples: n.
        batch_size: examples a step.
        first: the first network.
        seconds: T.
        epochs: the user's bound on the epochs of one run from scratch or of finishing; children get a third.
        halves: how many cycles finishing runs (2 where it is repeated on all data).
        starters: how many first networks there are; the time of each falls with the square root.
        effort: how long networks should train where time does not bound it.
    """
    per_epoch = steps_per_epoch(examples, batch_size)
    scratch, child, last = (
        _steps(planned if epochs is None else epochs * share, per_epoch, least if epochs is None else 1)
        for planned, share, least in zip(effort.epochs, (1.0, 1 / 3, 1.0), effort.steps, strict=True)
    )
    alone = (scratch + last) / per_epoch
    if seconds is None or rate is None:
        return Plan(
            None, Span(last, None), Lengths(Span(scratch, None), Span(child, None)), None, alone, child / per_epoch
        )
    affordable = _affordable_flops(rate, examples, seconds)
    max_flops = max(int(affordable * _longer(seconds)), first.flops)
    # Finishing needs no more time than its steps take: where data are few and time is long, the rest belongs to the
    # search.
    longest = TRAINING_COST * first.flops * last * batch_size / rate * halves
    finishing = min(effort.finish_share * seconds, longest)
    lengths = Lengths(
        Span(scratch, FIRST_SHARE / math.sqrt(starters) * seconds),
        Span(child, CHILD_SHARE / _longer(seconds) * seconds),
    )
    epoch_s = TRAINING_COST * first.flops * examples / rate
    epochs = min(alone, LINEAGE_SHARE * seconds / epoch_s)
    child_epochs = min(child / per_epoch, CHILD_SHARE / _longer(seconds) * seconds / epoch_s)
    return Plan(seconds - finishing, Span(last, finishing / halves), lengths, max_flops, epochs, child_epochs)


def _affordable_flops(rate: float, examples: int, seconds: float) -> float:
    """Return the f for which E = EPOCHS * s."""
    return rate * seconds * LINEAGE_SHARE / (TRAINING_COST * examples * EPOCHS * _longer(seconds))


def _longer(seconds: float) -> float:
    """Return s."""
    return max(1.0, math.sqrt(seconds / TEN_MINUTES))


def _steps(epochs: float, per_epoch: int, least: int) -> int:
    return max(math.ceil(epochs * per_epoch), least)
