"""Keras callbacks that read the clock: time spent in gradient steps, a hard stop, a schedule in seconds."""

import math
import time
from collections.abc import Callable

import keras


class Stopwatch(keras.callbacks.Callback):
    """Adds up the seconds of gradient steps over any number of fits.

    The first step of a fit is left out: it is mostly the tracing of the graph.
    """

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 0.0
        self._tracing = True
        self._began = 0.0

    def on_train_begin(self, logs=None) -> None:
        self._tracing = True

    def on_train_batch_begin(self, batch, logs=None) -> None:
        self._began = time.perf_counter()

    def on_train_batch_end(self, batch, logs=None) -> None:
        if not self._tracing:
            self.seconds += time.perf_counter() - self._began
        self._tracing = False


class Deadline(keras.callbacks.Callback):
    """Stops a fit in the middle of an epoch when `left()` seconds have come down to zero."""

    def __init__(self, left: Callable[[], float]) -> None:
        super().__init__()
        self._left = left

    def on_train_batch_end(self, batch, logs=None) -> None:
        if self._left() <= 0:
            self.model.stop_training = True


class Cycle(keras.callbacks.Callback):
    """Sets the learning rate from the share of the time that has gone, and stops when another step would not fit.

    rate(share) rises linearly from peak / 10 over the first `warmup` share, then falls along a cosine to zero. The
    steps that fit are thus planned anew at each step from the clock itself, so a busy machine shortens the run but
    never cuts off its annealing.
    """

    def __init__(self, peak: float, seconds: float, warmup: float) -> None:
        super().__init__()
        self._peak, self._seconds, self._warmup = peak, seconds, warmup
        self._start = time.perf_counter()
        self._began = self._start
        self._longest = 0.0
        self._steps = 0

    def rate(self, share: float) -> float:
        """Learning rate when `share` (0..1) of the time has gone."""
        if share < self._warmup:
            return self._peak * (0.1 + 0.9 * share / self._warmup)
        down = (share - self._warmup) / (1 - self._warmup)
        return self._peak * 0.5 * (1 + math.cos(math.pi * min(down, 1.0)))

    def on_train_batch_begin(self, batch, logs=None) -> None:
        self._began = time.perf_counter()
        self.model.optimizer.learning_rate = self.rate((self._began - self._start) / self._seconds)

    def on_train_batch_end(self, batch, logs=None) -> None:
        now = time.perf_counter()
        self._steps += 1
        if self._steps > 1:  # the first step traces and says nothing about the next
            self._longest = max(0.9 * self._longest, now - self._began)
        if now + self._longest - self._start >= self._seconds:
            self.model.stop_training = True
