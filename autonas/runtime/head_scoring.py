"""What a network with several heads is trained for and judged by: each head's own loss, metrics and weight.

As in Keras, ``loss``, ``metrics`` and ``loss_weights`` come by head: in a dict by name, where heads may be left out, or
in a list in the order of the heads, with None for none. A single loss is meant for every head, a single metric for
every head that it can be computed for.

What is trained for, and called ``val_loss``, is the sum of the heads' losses, each times its weight. For it, a loss of
one's own on numbers is divided by its unit (`autonas.runtime.scoring`), so that no head drowns the others; under the
head's name it is reported as it is.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from autonas.data.heads_target import own_codes
from autonas.data.targets import HeadsTarget
from autonas.errors import SettingError, message
from autonas.runtime.scoring import Scoring, check_scored, make_scoring


def check_head_scored(names: Sequence[str], loss: Any, metrics: Any, weights: Any) -> None:
    """Raise SettingError for what is no loss, no metrics or no weights of heads of these names, whatever the data."""
    for each in _by_head("loss", loss, names).values():
        check_scored(each, None)
    for listed in _metrics_by_head(metrics, names).values():
        check_scored(None, listed)
    _weights(weights, names)


def make_heads_scoring(
    target: HeadsTarget,
    loss: Any,
    metrics: Any,
    weights: Any,
    codes: npt.NDArray[Any],
    units: Mapping[str, float] | None = None,
) -> Scoring:
    """Return the scoring of all heads.

    Args:
        target: of all heads.
        loss, metrics, weights: by head, see above.
        codes: encoded targets (n, k), on whose first rows losses and metrics are tried.
        units: of the heads' losses, where they were measured before; None: on ``codes``.

    Raises:
        SettingError: a head is unknown, or what was given for one cannot be computed for it.
    """
    names = list(target.heads)
    losses, shares = _by_head("loss", loss, names), _weights(weights, names)
    listed, everywhere = _metrics_by_head(metrics, names), _is_single(metrics)
    heads, refused = {}, []
    for name, where in target.slices.items():
        own = own_codes(target.heads[name], codes[:, where])
        made = _of_head(name, target, losses.get(name), [], own)
        try:
            made = replace(made, metrics=_of_head(name, target, None, listed.get(name, []), own).metrics)
        except SettingError as error:
            if not everywhere:
                raise
            refused.append(error)
        unit = made.unit if units is None else units.get(name, made.unit)
        heads[name] = replace(made, unit=unit, weight=shares[name])
    if len(refused) == len(names):
        raise refused[0]
    return Scoring("heads", target, heads=heads)


def _of_head(name: str, target: HeadsTarget, loss: Any, metrics: Any, codes: npt.NDArray[Any]) -> Scoring:
    try:
        return make_scoring(target.heads[name], loss, metrics, codes)
    except SettingError as error:
        raise SettingError(f"Of the head {name!r}: {error}") from error


def _by_head(what: str, given: Any, names: Sequence[str]) -> dict[str, Any]:
    """Return what was given for each head; those that are left out, or None, are not in it."""
    remedy = f"Use a dict by the heads' names, such as {{{names[0]!r}: ...}}"
    if isinstance(given, Mapping):
        if not set(given) <= set(names):
            raise SettingError(message(what, f"a dict by heads, of {list(names)}", list(given), remedy))
        held = dict(given)
    elif isinstance(given, list | tuple):
        if len(given) != len(names):
            expected = f"a list of {len(names)}, for the heads {', '.join(names)}"
            raise SettingError(message(what, expected, given, remedy))
        held = dict(zip(names, given, strict=True))
    else:
        held = dict.fromkeys(names, given)
    return {name: each for name, each in held.items() if each is not None}


def _metrics_by_head(given: Any, names: Sequence[str]) -> dict[str, list[Any]]:
    """Return a list of metrics for each head; of a single head the list may come as it is."""
    if len(names) == 1 and isinstance(given, list | tuple) and not any(isinstance(each, list) for each in given):
        given = [list(given)]
    held = _by_head("metrics", given, names)
    return {name: list(each) if isinstance(each, list | tuple) else [each] for name, each in held.items()}


def _is_single(metrics: Any) -> bool:
    return not isinstance(metrics, Mapping | list | tuple)


def _weights(given: Any, names: Sequence[str]) -> dict[str, float]:
    if given is not None and _is_single(given):
        expected = "a dict of numbers by head, or a list in the order of the heads"
        raise SettingError(message("loss_weights", expected, given, "Use None for 1 each"))
    held = {**dict.fromkeys(names, 1.0), **_by_head("loss_weights", given, names)}
    for name, each in held.items():
        right = isinstance(each, numbers.Real) and not isinstance(each, bool) and math.isfinite(each) and each >= 0
        if not right:
            raise SettingError(message(f"loss_weights[{name!r}]", "a number of 0 or more", each, "Use 1"))
    if not np.any(list(held.values())):
        raise SettingError(message("loss_weights", "above 0 for a head", given, "Use None for 1 each"))
    return {name: float(each) for name, each in held.items()}
