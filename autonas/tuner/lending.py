"""Lending a search one more process, here or on another machine: the chief leaves what workers need in the search's
folder, which all must see, and `lend` takes it up from there. It is what ``autonas worker`` runs.

What is left, in ``handover/``, are the arrays and a pickle of the evaluator, for as long as the chief serves: a
worker runs what it reads there, and trusts all who can write into the folder.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from keras_tuner.src.distribute.oracle_client import OracleClient

from autonas.errors import SettingError, message
from autonas.runtime.files import replacing
from autonas.tuner import calls, fleet
from autonas.tuner.arrivals import receive
from autonas.tuner.fleet import ChiefGone
from autonas.tuner.handover import send
from autonas.tuner.slots import Slots

HANDOVER, _EVALUATOR = "handover", "evaluator.pickle"


@contextmanager
def offered(evaluator: Any, project: Path) -> Iterator[None]:
    """Leave an evaluator in a search's folder while the block runs.

    Raises:
        Unsendable: it holds what cannot leave this process.
        DiskFull: there is no room for its arrays.
    """
    folder = project / HANDOVER
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    try:
        sent = send(evaluator, folder)
        with replacing(folder / _EVALUATOR) as path:
            path.write_bytes(sent)
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def lend(project: Path, tuner_id: str, slots: Slots, patience_s: float = calls.START_S) -> int:
    """Run trials for the chief of the search in ``project`` until it says stop; return how many.

    Args:
        project: the search's folder, as this machine sees it.
        tuner_id: what tells this worker from others.
        slots: where trials run, the first of them.
        patience_s: seconds that the chief is waited for in the beginning.

    Raises:
        ChiefGone: no chief answers, or no longer.
        SettingError: it searches in another folder, or with modules that are not here.
        SearchFailed: the slots cannot start.
    """
    oracle = calls.patient(OracleClient(None), fleet.LEASE_S, patience_s)
    with closing(slots):
        oracle.get_space()  # what an earlier chief left, killed, is gone once this one answers
        slots.open(_evaluator(project / HANDOVER), lambda trial_id, progress: None)
        try:
            return fleet.work(oracle, tuner_id, slots, project)
        except ChiefGone:
            if (project / HANDOVER).exists():
                raise
            return 0  # it has put away what it had left: the search is over


def _evaluator(folder: Path) -> Any:
    """Return what the chief has left."""
    try:
        return receive((folder / _EVALUATOR).read_bytes(), folder)
    except FileNotFoundError as error:
        expected, remedy = "the one in which the chief searches", "Give the folder that its --directory names"
        raise SettingError(message("directory", expected, str(folder.parent), remedy)) from error
    except ImportError as error:  # what a script defines travels by value, what it imports does not
        remedy = "Install it here, or set PYTHONPATH"
        raise SettingError(message("Modules of the search", "here, too", str(error), remedy)) from error
