"""Datasets on disk -> a seeded, stratified part of the training images and the whole test part.

Every reader yields two `Part`s whose images are read only for the rows that are asked for: 10,000 of CIFAR-10's
50,000 JPEG files should not cost the decoding of all of them.
"""

import dataclasses
import gzip
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

_IDX_UINT8 = 0x08


@dataclasses.dataclass(frozen=True)
class Part:
    """Labels of a part of a dataset, and how to read the images of some of its rows."""

    labels: np.ndarray  # (n,) int64
    read: Callable[[np.ndarray], np.ndarray]  # rows (k,) -> images (k, h, w, c) uint8


@dataclasses.dataclass(frozen=True)
class Dataset:
    """Images (n, h, w, c) uint8 and labels (n,) int64, chosen training part and test part."""

    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray

    @property
    def classes(self) -> int:
        """Number of classes; labels are 0..classes-1."""
        return int(max(self.train_labels.max(), self.test_labels.max())) + 1


def load(name: str, data: Path | None, train: int | None, seed: int) -> Dataset:
    """Read dataset `name` from folder `data`; `train` images are drawn with `seed`, None takes all of them.

    Raises:
        ValueError: unknown name, no folder where one is needed, or more images asked for than there are.
        FileNotFoundError: the folder does not hold the dataset's files.
    """
    if name not in READERS:
        raise ValueError(f"dataset must be one of {sorted(READERS)}. Received: {name!r}.")
    if data is None and name != "digits":
        raise ValueError(f"data must be the folder that holds {name}. Received: None. Use --data DIR.")
    train_part, test_part = READERS[name](data)
    rows = stratified_rows(train_part.labels, train, seed)
    every_test_row = np.arange(len(test_part.labels))
    return Dataset(train_part.read(rows), train_part.labels[rows], test_part.read(every_test_row), test_part.labels)


def stratified_rows(labels: np.ndarray, count: int | None, seed: int) -> np.ndarray:
    """`count` shuffled row numbers with the classes in the proportions of `labels`; the same for the same seed."""
    total = len(labels)
    if count is not None and not 0 < count <= total:
        raise ValueError(f"train must be between 1 and {total}. Received: {count}. Leave it out to use all images.")
    if count is None or count == total:
        return np.random.default_rng(seed).permutation(total)
    rows, _ = train_test_split(np.arange(total), train_size=count, stratify=labels, random_state=seed)
    return rows


def read_idx(path: Path) -> np.ndarray:
    """The array in an idx file of unsigned bytes, gzipped (.gz) or not."""
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    zero, kind, rank = struct.unpack(">HBB", raw[:4])
    if zero != 0 or kind != _IDX_UINT8:
        raise ValueError(f"an idx file must start with bytes 0, 0, 8, rank. Received: {raw[:4]!r} in {path}.")
    shape = struct.unpack(f">{rank}I", raw[4 : 4 + 4 * rank])
    values = np.frombuffer(raw, np.uint8, offset=4 + 4 * rank)
    if values.size != int(np.prod(shape)):
        raise ValueError(f"{path} must hold {shape} values. Received: {values.size}. Use a complete copy of the file.")
    return values.reshape(shape)


def _idx_parts(folder: Path) -> tuple[Part, Part]:
    return _idx_part(folder, "train"), _idx_part(folder, "t10k")


def _idx_part(folder: Path, prefix: str) -> Part:
    images = read_idx(_plain_or_gzipped(folder, f"{prefix}-images-idx3-ubyte"))
    labels = read_idx(_plain_or_gzipped(folder, f"{prefix}-labels-idx1-ubyte"))
    if len(images) != len(labels):
        raise ValueError(
            f"images and labels must be equally many. Received: {len(images)} and {len(labels)} in {folder}."
        )
    return _in_memory(images, labels)


def _plain_or_gzipped(folder: Path, name: str) -> Path:
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
    raise FileNotFoundError(f"data must hold {name} or {name}.gz. Received: {folder}.")


def _folder_parts(folder: Path) -> tuple[Part, Part]:
    return _folder_part(folder / "train"), _folder_part(folder / "test")


def _folder_part(folder: Path) -> Part:
    classes = sorted(path.name for path in folder.iterdir() if path.is_dir())
    # Sorted, because the order of a folder's entries differs between file systems and the rows are drawn by number.
    files = [(path, label) for label, name in enumerate(classes) for path in sorted((folder / name).glob("*.*"))]
    if not files:
        raise FileNotFoundError(f"data must hold train/<class>/*.jpg and test/<class>/*.jpg. Received: {folder}.")
    paths = [path for path, _ in files]
    return Part(np.array([label for _, label in files], np.int64), lambda rows: _decode([paths[row] for row in rows]))


def _decode(paths: list[Path]) -> np.ndarray:
    images = []
    for path in paths:
        with Image.open(path) as image:
            images.append(np.asarray(image.convert("RGB"), np.uint8))
    return np.stack(images)


def _digits_parts(_folder: Path | None) -> tuple[Part, Part]:
    digits = load_digits()
    images, labels = digits.images.astype(np.uint8), digits.target
    # scikit-learn ships no test part: a fifth of it, the same one for every seed.
    train, test = train_test_split(np.arange(len(labels)), test_size=0.2, stratify=labels, random_state=0)
    return _in_memory(images[train], labels[train]), _in_memory(images[test], labels[test])


def _in_memory(images: np.ndarray, labels: np.ndarray) -> Part:
    return Part(labels.astype(np.int64), lambda rows: images[rows][..., np.newaxis])


READERS: dict[str, Callable[..., tuple[Part, Part]]] = {
    "fashion_mnist": _idx_parts,
    "mnist": _idx_parts,
    "cifar10": _folder_parts,
    "digits": _digits_parts,
}
