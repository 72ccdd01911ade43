"""What a kind of data must bring: a reader of x at fit, and a schema by which new x is read ever after.

    x --check--> rows --encode--> what the network is trained on
                      --feed----> what the exported model takes

A kind of data of your own is a schema class (entered in `autonas.data.schemas.SCHEMAS`), its Keras form
(`autonas.export.preprocessing.PREPROCESSING`), and a reader.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, Self

from autonas.data.entered import Entered, arrive_as_is, enter_as_is
from autonas.data.rows import Rows

Shapes = tuple[int, ...] | dict[str, tuple[int, ...]]
"""Shape of one example as the network sees it; by input name where it has several inputs."""


class Schema(Protocol):
    """What x looked like at fit. Schemas are immutable."""

    kind: ClassVar[str]  # names it in files and registries

    @property
    def shape(self) -> Shapes:
        """Shape of one example as the network sees it."""

    def check(self, x: Any, *, name: str = "x") -> Rows:
        """Return x as rows if it looks as it did at fit; raise DataError if not."""

    def encode(self, rows: Rows) -> Rows:
        """Return checked rows as the network is trained on them: numbers, but for what a batch at a time does cheaper
        (`autonas.data.pipelines.PREPARE`)."""

    def feed(self, rows: Rows) -> Rows:
        """Return checked rows as the exported model takes them: arrays, or a dict of arrays by input name."""

    def to_json(self) -> dict[str, Any]:
        """Return the schema as JSON-able values, its `kind` among them."""

    @classmethod
    def from_json(cls, state: Mapping[str, Any]) -> Self:
        """Return the schema that `to_json` wrote."""


@dataclass(frozen=True)
class Reader:
    """How x is read at fit.

    Attributes:
        check: x to rows; raises DataError where they cannot be learned from.
        describe: x as given, and the checked rows of the training part, to the schema: nothing is fitted on more.
        example: what an example is called in messages.
        enter: by which doors x, y and weights come in: ``enter(x, y, sample_weight, schema=...)``.
        arrivals: by which doors x comes in to predict for: checked rows, all at once or batch by batch.
    """

    check: Callable[[Any], Rows]
    describe: Callable[[Any, Rows], Schema]
    example: str = "example"
    enter: Callable[..., Entered] = enter_as_is
    arrivals: Callable[[Any, Any], Iterator[Rows]] = arrive_as_is
