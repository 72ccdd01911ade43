"""A folder of class folders: `cats/1.png`, `dogs/7.jpg`. Labels are the folders' names, in their order."""

from pathlib import Path

from autonas.errors import DataError, message

SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm"}
"""Endings of the files that count as pictures, in any case; other files are passed over, and hidden ones."""


def class_folders(folder: Path) -> tuple[list[Path], list[str]]:
    """Return the pictures in the class folders, sorted, and their labels. Files beside the class folders do not count.

    Raises DataError where there are no class folders, or one that holds no picture.
    """
    _check_folder(folder)
    found = [each for each in _sorted(folder) if each.is_dir()]
    if not found:
        remedy = "Give the folder that holds a folder of pictures for each class"
        raise DataError(message("x", "a folder of class folders", str(folder), remedy))
    files = {each.name: pictures_in(each) for each in found}
    return [path for each in files.values() for path in each], [name for name, each in files.items() for _ in each]


def pictures_in(folder: Path) -> list[Path]:
    """Return all pictures in a folder and its folders, sorted. Raises DataError where there is none."""
    _check_folder(folder)
    files = [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in SUFFIXES and _shown(path, folder)]
    if not files:
        endings = ", ".join(sorted(SUFFIXES))
        raise DataError(f"{str(folder)!r} must hold pictures ({endings}). Received: none. Remove it, or give pictures.")
    return files


def _check_folder(folder: Path) -> None:
    if not folder.is_dir():
        kind = "a file" if folder.exists() else "nothing"
        raise DataError(
            f"x must be a folder of class folders, or arrays. Received: {str(folder)!r}, which is {kind}. "
            "Give the path of a folder."
        )


def _sorted(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def _shown(path: Path, below: Path) -> bool:
    return path.is_file() and not any(part.startswith(".") for part in path.relative_to(below).parts)
