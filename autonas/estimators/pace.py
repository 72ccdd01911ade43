"""What this machine can do with these data, measured once a search and kept beside its trials: a later run of the
search starts from the same network."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

from autonas.arch import Architecture, from_json, to_json
from autonas.data import Dataset
from autonas.errors import SettingError, message
from autonas.estimators.recipes import DEFAULT_WIDTH, WIDTHS
from autonas.runtime.clock import Clock
from autonas.runtime.compile import Precision
from autonas.runtime.evaluators import release
from autonas.runtime.files import read_json, write_json
from autonas.runtime.plan import fastest_precision, first_network, flops_per_second, paced_network

PACE_FILE = "pace.json"
LONG = 120.0  # seconds; below, measuring more than once costs more than it can give


@dataclasses.dataclass(frozen=True)
class Pace:
    """How a search begins.

    Attributes:
        first: the first network.
        precision: what layers compute in while training.
        rate: r of `autonas.runtime.plan`; None where no time limit asked for it.
    """

    first: Architecture
    precision: Precision = "float32"
    rate: float | None = None


def find_pace(
    folder: Path,
    make: Callable[[int], Architecture],
    data: Dataset,
    *,
    batch_size: int,
    time_limit: float | None,
    max_params: int | None,
    clock: Clock,
) -> Pace:
    """Return the pace of the search in ``folder``, measured where there is a time limit and it is not known yet.

    Raises:
        SettingError: ``max_params`` is below what the smallest network that ``make`` builds has.
    """
    _require_room(make(WIDTHS[0]), max_params)
    stored = _stored_pace(folder)
    if stored is not None and (stored.rate is not None or time_limit is None):
        return stored
    if time_limit is None:
        widths = [width for width in WIDTHS if width <= DEFAULT_WIDTH]
        return _keep(folder, Pace(_first(make, widths, None, data, None, max_params)))
    choices: tuple[Precision, ...] = ("float32", "mixed_bfloat16") if time_limit >= LONG else ("float32",)
    precision, rate = fastest_precision(make(DEFAULT_WIDTH), data, batch_size, clock, choices)
    first = stored.first if stored else _first(make, WIDTHS, rate, data, time_limit, max_params)
    if time_limit >= LONG and not stored:
        first, rate = paced_network(
            lambda rate: _first(make, WIDTHS, rate, data, time_limit, max_params),
            lambda network: _wider(network, make, max_params),
            lambda network: flops_per_second(network, data, batch_size, clock, precision),
            rate,
        )
    release()
    return _keep(folder, Pace(first, precision, rate))


def _first(
    make: Callable[[int], Architecture],
    widths: tuple[int, ...] | list[int],
    rate: float | None,
    data: Dataset,
    seconds: float | None,
    max_params: int | None,
) -> Architecture:
    return first_network(make, widths, rate=rate, examples=len(data.train), seconds=seconds, max_parameters=max_params)


def _wider(network: Architecture, make: Callable[[int], Architecture], max_params: int | None) -> Architecture | None:
    networks = [make(width) for width in WIDTHS]
    fitting = [each for each in networks if max_params is None or each.parameters <= max_params]
    return next((each for each in fitting if each.flops > network.flops), None)


def _require_room(smallest: Architecture, max_params: int | None) -> None:
    if max_params is not None and smallest.parameters > max_params:
        expected = f"at least {smallest.parameters:,}, the size of the smallest first network for these data"
        raise SettingError(message("max_params", expected, max_params, "Raise it, or use None"))


def _stored_pace(folder: Path) -> Pace | None:
    """What `_keep` kept of an earlier run of this search, or None."""
    if not (folder / PACE_FILE).is_file():
        return None
    document = read_json(folder / PACE_FILE)
    return Pace(from_json(document["first"]), document["precision"], document["rate"])


def _keep(folder: Path, pace: Pace) -> Pace:
    document = {"first": to_json(pace.first), "precision": pace.precision, "rate": pace.rate}
    write_json(folder / PACE_FILE, document)
    return pace
