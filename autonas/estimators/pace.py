"""What this machine can do with these data, measured once a search and kept beside its trials: a later run of the
search starts from the same networks."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from pathlib import Path

from autonas.arch import Architecture, content_id, from_json, to_json
from autonas.data import Dataset
from autonas.errors import DamagedFile, SettingError, message
from autonas.estimators.kind import Family
from autonas.runtime.clock import Clock
from autonas.runtime.compile import Precision
from autonas.runtime.evaluators import release
from autonas.runtime.files import read_json, set_aside, write_json
from autonas.runtime.plan import fastest_precision, first_network, flops_per_second, paced_network

PACE_FILE = "pace.json"
MEASURING = 0.1  # share of the time; families that are not measured by then begin with their narrowest network
LONG = 120.0  # seconds; below, measuring more than once costs more than it can give


@dataclasses.dataclass(frozen=True)
class Pace:
    """How a search begins.

    Attributes:
        firsts: the first network of every family.
        precision: what layers compute in while training.
        rate: r of `autonas.runtime.plan`, of the costliest of them; None where no time limit asked for it.
    """

    firsts: tuple[Architecture, ...]
    precision: Precision = "float32"
    rate: float | None = None

    @property
    def costliest(self) -> Architecture:
        """The first network with the most operations."""
        return max(self.firsts, key=lambda network: network.flops)


def find_pace(
    folder: Path,
    families: Sequence[Family],
    data: Dataset,
    *,
    batch_size: int,
    time_limit: float | None,
    max_params: int | None,
    clock: Clock,
    precisions: tuple[Precision, ...] = ("float32", "mixed_bfloat16"),
) -> Pace:
    """Return the pace of the search in ``folder``, measured where there is a time limit and it is not known yet.

    Args:
        folder: where the search lives.
        families: what `with_room` left of them.
        data, batch_size: what is trained on.
        time_limit, max_params: the user's bounds.
        clock: tells seconds.
    """
    begun = clock()
    stored = _stored_pace(folder)
    if stored is not None and (stored.rate is not None or time_limit is None):
        return stored
    if time_limit is None:
        firsts = (_first(_up_to_default(family), None, data, None, max_params) for family in families)
        return _keep(folder, Pace(_different(firsts)))
    choices = precisions if time_limit >= LONG else precisions[:1]
    precision, rate = fastest_precision(families[0].make(families[0].default), data, batch_size, clock, choices)
    if stored is not None:
        return _keep(folder, dataclasses.replace(stored, precision=precision, rate=rate))

    def measure(network: Architecture) -> float:
        return flops_per_second(network, data, batch_size, clock, precision)

    def choose(family: Family, rate: float) -> tuple[Architecture, float]:
        return _first(family, rate, data, time_limit, max_params), rate

    if len(families) > 1:  # each at its own pace, once: a family of its own begins at its own width
        measured = [choose(families[0], rate)]
        for family in families[1:]:
            if clock() - begun > MEASURING * time_limit:
                measured.append((family.make(family.widths[0]), measured[-1][1]))
            else:
                measured.append(choose(family, measure(family.make(family.default))))
    elif time_limit < LONG:
        measured = [choose(families[0], rate)]
    else:
        measured = [
            paced_network(
                lambda rate: choose(families[0], rate)[0],
                lambda network: _wider(network, families[0], max_params),
                measure,
                rate,
            )
        ]
    release()
    _, rate = max(measured, key=lambda each: each[0].flops)
    return _keep(folder, Pace(_different(network for network, _ in measured), precision, rate))


def _up_to_default(family: Family) -> Family:
    return dataclasses.replace(family, widths=tuple(width for width in family.widths if width <= family.default))


def _different(networks: Iterable[Architecture]) -> tuple[Architecture, ...]:
    """Return the networks in order, those that are one and the same once."""
    return tuple({content_id(network): network for network in networks}.values())


def _first(
    family: Family, rate: float | None, data: Dataset, seconds: float | None, max_params: int | None
) -> Architecture:
    return first_network(
        family.make,
        family.widths,
        rate=None if rate is None else rate / family.room,
        examples=len(data.train),
        seconds=seconds,
        max_parameters=None if max_params is None else int(max_params / family.room),
    )


def _wider(network: Architecture, family: Family, max_params: int | None) -> Architecture | None:
    networks = [family.make(width) for width in family.widths]
    fitting = [each for each in networks if max_params is None or each.parameters <= max_params]
    return next((each for each in fitting if each.flops > network.flops), None)


def with_room(families: Sequence[Family], max_params: int | None) -> tuple[Family, ...]:
    """Return the families whose smallest network has at most ``max_params`` parameters.

    Raises:
        SettingError: that is none.
    """
    smallest = {family: family.make(family.widths[0]).parameters for family in families}
    fitting = tuple(family for family in families if max_params is None or smallest[family] <= max_params)
    if not fitting:
        expected = f"at least {min(smallest.values()):,}, the size of the smallest first network for these data"
        raise SettingError(message("max_params", expected, max_params, "Raise it, or use None"))
    return fitting


def _stored_pace(folder: Path) -> Pace | None:
    """What `_keep` kept of an earlier run of this search, or None."""
    if not (folder / PACE_FILE).is_file():
        return None
    try:
        document = read_json(folder / PACE_FILE)
    except DamagedFile as error:
        set_aside(folder / PACE_FILE, error, "the pace is measured again")
        return None
    return Pace(tuple(map(from_json, document["firsts"])), document["precision"], document["rate"])


def _keep(folder: Path, pace: Pace) -> Pace:
    document = {"firsts": [to_json(first) for first in pace.firsts], "precision": pace.precision, "rate": pace.rate}
    write_json(folder / PACE_FILE, document)
    return pace
