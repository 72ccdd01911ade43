"""Silence about what is meant to be: every network of a search is traced once, which TensorFlow takes for a mistake."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

_LOGGER = logging.getLogger("tensorflow")


@contextmanager
def quiet_tracing() -> Iterator[None]:
    """Drop TensorFlow's warnings of frequent retracing while the block runs; everything else is logged as ever."""

    def is_other(record: logging.LogRecord) -> bool:  # one a block, so that blocks may nest
        return "triggered tf.function retracing" not in record.getMessage()

    _LOGGER.addFilter(is_other)
    try:
        yield
    finally:
        _LOGGER.removeFilter(is_other)


@contextmanager
def quiet_logs(*names: str) -> Iterator[None]:
    """Drop all but critical messages of the loggers of these names while the block runs."""
    loggers = [logging.getLogger(name) for name in names]
    levels = [each.level for each in loggers]
    for each in loggers:
        each.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for each, level in zip(loggers, levels, strict=True):
            each.setLevel(level)
