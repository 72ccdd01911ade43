"""Spaces: which architectures a search may visit, and by which edits it gets from one to the next."""

from autonas.space.chain import chain
from autonas.space.cnn import CnnSpace
from autonas.space.decided import Agenda, DecidedSpace, LayeredSpace, TransformedSpace
from autonas.space.draw import FAMILIES, drawn
from autonas.space.morphism import MorphSpace
from autonas.space.nasbench201 import nasbench201
from autonas.space.rnn_cell import RnnCellSpace
from autonas.space.space import Space
from autonas.space.table import TableSpace, choices_of
from autonas.space.tokens import Choice, Skips, Step
from autonas.space.transforms import TransformSpace

__all__ = [
    "FAMILIES",
    "Agenda",
    "Choice",
    "CnnSpace",
    "DecidedSpace",
    "LayeredSpace",
    "MorphSpace",
    "RnnCellSpace",
    "Skips",
    "Space",
    "Step",
    "TableSpace",
    "TransformSpace",
    "TransformedSpace",
    "chain",
    "choices_of",
    "drawn",
    "nasbench201",
]
