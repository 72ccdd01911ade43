"""The finished network on disk, beside the trials: a later fit of the same search starts from it or returns it."""

from __future__ import annotations

import dataclasses
import secrets
import warnings
from pathlib import Path

from autonas.arch import Architecture, from_json, to_json
from autonas.errors import ArchitectureError, DirectoryError
from autonas.morph import Arrays
from autonas.runtime.evaluators import stored_network
from autonas.runtime.files import read_json, set_aside, write_json
from autonas.runtime.weights import load_weights, save_weights

FOLDER, FILE = "finished", "finished.json"


@dataclasses.dataclass(frozen=True)
class Stored:
    """A network, what it scored, where it comes from (`autonas.runtime.finish.Source`), and whether it was then trained
    on the validation part too."""

    architecture: Architecture
    weights: Arrays
    metrics: dict[str, float]
    trial_id: str
    source: str
    refitted: bool = False


def read_finished(folder: Path) -> Stored | None:
    """Return what `write_finished` left in a search's ``folder``, or None.

    Raises:
        DirectoryError, ArchitectureError: a file is damaged.
    """
    place = folder / FOLDER
    if not (place / FILE).is_file():
        return None
    document = read_json(place / FILE)
    architecture = from_json(document["architecture"])
    weights = load_weights(place / document["weights"], architecture)
    return Stored(
        architecture, weights, document["metrics"], document["trial"], document["source"], document["refitted"]
    )


def readable_finished(folder: Path) -> Stored | None:
    """Return what `read_finished` does; where it is damaged it is set aside, with a warning, and None."""
    try:
        return read_finished(folder)
    except (DirectoryError, ArchitectureError, KeyError) as error:
        set_aside(folder / FOLDER / FILE, error, "the best network is finished again")
        return None


def readable_network(folder: Path) -> tuple[Architecture, Arrays] | None:
    """Return the network of the trial in ``folder``, or where its files cannot be read None, with a warning."""
    try:
        architecture, weights, _ = stored_network(folder)
    except (DirectoryError, ArchitectureError) as error:
        warnings.warn(f"{error} The network of another trial is taken.", stacklevel=3)
        return None
    return architecture, weights


def write_finished(folder: Path, stored: Stored) -> None:
    """Keep ``stored``; weights are written first and under a new name, so that a kill leaves the old pair or the new
    one."""
    place = folder / FOLDER
    place.mkdir(exist_ok=True)
    earlier = list(place.glob("weights-*.npz"))
    name = f"weights-{secrets.token_hex(4)}.npz"
    save_weights(stored.weights, place / name)
    document = {
        "architecture": to_json(stored.architecture),
        "weights": name,
        "metrics": stored.metrics,
        "trial": stored.trial_id,
        "source": stored.source,
        "refitted": stored.refitted,
    }
    write_json(place / FILE, document)
    for path in earlier:
        path.unlink()
