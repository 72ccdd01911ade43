"""Between a chief and its workers: KerasTuner's service and client, so that neither waits for the other for ever.

KerasTuner's own chief looks every 20 seconds whether all is over, and never leaves where no worker asks; its worker
waits an hour for a chief that is gone.
"""

from __future__ import annotations

import os
import time
from concurrent import futures
from typing import Any

import grpc
from keras_tuner.src import protos
from keras_tuner.src.distribute.oracle_chief import OracleServicer

from autonas.errors import SettingError, message
from autonas.tuner.fleet import ChiefGone, Leased

START_S = 600.0  # that a worker waits for a chief to be there: it may still prepare the data
_LOOK_S = 0.2
_GOODBYE_S = 5.0  # that a chief stays to tell idle workers that it is over: they ask every second
_NOBODY = (grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.UNAVAILABLE)


def address() -> str:
    """Return the chief's address, as the KERASTUNER_* variables have it."""
    return f"{os.environ['KERASTUNER_ORACLE_IP']}:{os.environ['KERASTUNER_ORACLE_PORT']}"


def serve(leased: Leased) -> None:
    """Be the chief until the search is over.

    Raises:
        SettingError: the address cannot be listened on.
    """
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=1), options=(("grpc.so_reuseport", 0),))
    protos.get_service_grpc().add_OracleServicer_to_server(OracleServicer(leased), server)
    _listen(server)
    server.start()
    try:
        while not leased.is_over():
            time.sleep(_LOOK_S)
        until = time.monotonic() + _GOODBYE_S
        while leased.tuner_ids and time.monotonic() < until:
            time.sleep(_LOOK_S)
    finally:
        server.stop(grace=1.0).wait()


def _listen(server: grpc.Server) -> None:
    """Listen on the chief's address; other versions of gRPC than those that raise return 0."""
    expected, remedy = "an address of this machine that is free", "Use another port"
    try:
        bound = server.add_insecure_port(address())
    except RuntimeError as error:
        raise SettingError(message("the chief's address", expected, address(), remedy)) from error
    if not bound:
        raise SettingError(message("the chief's address", expected, address(), remedy))


class _Patient:
    """A service's stub whose calls wait for so many seconds, and longer for the first answer."""

    def __init__(self, stub: Any, seconds: float, first_s: float) -> None:
        self._stub, self._seconds, self._first_s, self._answered = stub, seconds, first_s, False

    def __getattr__(self, name: str) -> Any:
        def call(request: Any, **_: Any) -> Any:
            seconds = self._seconds if self._answered else self._first_s
            try:
                answer = getattr(self._stub, name)(request, wait_for_ready=True, timeout=seconds)
            except grpc.RpcError as error:
                if error.code() not in _NOBODY:
                    raise
                raise ChiefGone(
                    f"The chief must answer at {address()}. Received: nothing for {seconds:.0f} seconds. Start it, or "
                    "look why it ended."
                ) from error
            self._answered = True
            return answer

        return call


def patient(client: Any, seconds: float, first_s: float = START_S) -> Any:
    """Return KerasTuner's client, changed so that it waits for ``seconds`` and then raises `ChiefGone`."""
    client.stub = _Patient(client.stub, seconds, first_s)
    return client
