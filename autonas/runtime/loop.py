"""The epochs of a training run as Keras callbacks know them, over gradient steps of our own (`autonas.runtime.step`).

`keras.Model.fit` would clip the gradients of each replica before it adds them up, and does not work at all over several
processes; what callbacks are told is the same here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import keras


def run_epochs(
    model: keras.Model,
    step: Callable[[], float],
    callbacks: Sequence[keras.callbacks.Callback],
    *,
    epochs: int,
    calls: int,
    together: int = 1,
) -> None:
    """Call ``step``, which returns a loss, until a callback sets ``model.stop_training``, or ``epochs`` are over.

    Args:
        model: what the callbacks are given.
        step: takes gradient steps.
        callbacks: told of epochs and batches, with the mean loss of the epoch so far.
        epochs: most epochs.
        calls: of ``step`` an epoch.
        together: gradient steps a call.
    """
    steps = calls * together
    told = keras.callbacks.CallbackList(callbacks, add_history=True, model=model, epochs=epochs, steps=steps)
    model.stop_training = False
    told.on_train_begin()
    logs: dict[str, float] = {}
    for epoch in range(epochs):
        told.on_epoch_begin(epoch)
        total = 0.0
        for call in range(calls):
            told.on_train_batch_begin(call * together)
            total += step()
            logs = {"loss": total / (call + 1)}
            told.on_train_batch_end((call + 1) * together - 1, logs)
            if model.stop_training:
                break
        told.on_epoch_end(epoch, logs)
        if model.stop_training:
            break
    told.on_train_end(logs)
