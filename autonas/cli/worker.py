"""``autonas worker``: one more process, here or on another machine, for a search whose chief is ``fit --chief``."""

import os
import socket
from argparse import Namespace
from pathlib import Path

from autonas.cli.answer import Answer
from autonas.errors import SettingError, message
from autonas.tuner import lending
from autonas.tuner.choosing import make_slots
from autonas.tuner.fingerprint import FINGERPRINT_FILE

IP, PORT, NAME = "KERASTUNER_ORACLE_IP", "KERASTUNER_ORACLE_PORT", "KERASTUNER_TUNER_ID"
CHIEF = "chief"


def run(arguments: Namespace) -> Answer:
    """Run trials until the chief says stop, and say how many they were."""
    join(arguments.chief, arguments.id or os.environ.get(NAME) or f"{socket.gethostname()}-{os.getpid()}")
    name = os.environ[NAME]
    if CHIEF in name:
        raise SettingError(message("--id", f"a name without {CHIEF!r}, which means the other side", name, "Use tuner0"))
    folder = _search(Path(arguments.directory))
    trials = lending.lend(folder, name, make_slots(arguments.workers), arguments.patience)
    return Answer({"id": name, "trials": trials}, f"{name}: the search is over; trials that ran here: {trials}")


def join(address: str | None, name: str) -> None:
    """Tell this process, and KerasTuner in it, which search it is a part of, and as what.

    Raises:
        SettingError: the address is none, or there is none.
    """
    if address is not None:
        host, found, port = address.rpartition(":")
        if not (found and host and port.isdecimal()):
            raise SettingError(message("--chief", "HOST:PORT", address, "Use a line such as --chief 10.0.0.5:7001"))
        os.environ[IP], os.environ[PORT] = host, port
    if IP not in os.environ or PORT not in os.environ:
        raise SettingError(message("--chief", f"HOST:PORT, or {IP} and {PORT} set", None, "Give --chief HOST:PORT"))
    os.environ[NAME] = name


def _search(directory: Path) -> Path:
    """Return the folder of the search in a directory: the only one in it, or the directory itself."""
    if (directory / FINGERPRINT_FILE).is_file():
        return directory
    found = [path.parent for path in directory.glob(f"*/{FINGERPRINT_FILE}")]
    return found[0] if len(found) == 1 else directory / "search"
