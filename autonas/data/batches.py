"""How many samples a batch holds, and how many batches an epoch has."""

import math

from autonas.errors import SettingError, message


def batch_size_for(n: int, batch_size: int) -> int:
    """Return `batch_size`, or n where there are fewer samples. Raises SettingError below 1."""
    if n < 1 or batch_size < 1:
        raise SettingError(message("batch_size", "1 or more, over 1 or more samples", (batch_size, n), "Use 32"))
    return min(n, int(batch_size))


def steps_per_epoch(n: int, batch_size: int) -> int:
    """Return how many training batches an epoch of n samples has."""
    return n // batch_size_for(n, batch_size)


def even_batch(n: int, batch_size: int) -> int:
    """Return the batch size, at most `batch_size`, that covers n samples in as many batches with the least padding."""
    return math.ceil(n / math.ceil(n / batch_size_for(n, batch_size)))
