"""The cache of a build: what the first half made of each session, under the session's key.

It is what makes builds resumable and incremental, by one means: outcomes are written in packs, each of which appears whole or not at all,
so that a build that is killed has lost at most the pack it was filling, and a build with a little more data has little to do. Packs are
written for one plan's first half by one version of agentlog; another plan has another folder, and the folders of older plans are given up
when there are more than a few. Nothing in a pack is unscrubbed, and only its owner can read it.

A pack: texts, outlines, an index of both with keys, and a footer with a digest of the last two. Texts have checksums of their own. A pack
that is not what was written is passed over, and what was in it is made again.
"""

import hashlib
import os
import struct
from array import array
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from agentlog._hashing import digest, short
from agentlog._io.atomic import write_file
from agentlog.build.session_outcome import SessionOutcome
from agentlog.schema.manifest import StageRef

_MAGIC = b"agentlog pack 1\n"
_ENTRY = struct.Struct("<16sQIQI")
_FOOTER = struct.Struct("<QQQ16s")
_FULL = 32 << 20
_SUFFIX = ".pack"
_MOST_PLANS = 3
_MOST_SMALL = 50


def cache_folder(data: Path, role_folder: str, stages: Iterable[StageRef], version: str) -> Path:
    """Where the outcomes of these stages are kept."""
    name = short(digest("outcomes", [version, [ref.model_dump(mode="json") for ref in stages]]))
    return data / "cache" / "builds" / role_folder / name


class OutcomeCache:
    """The outcomes in one folder. What is added is kept from the moment a pack is full, and all of it after `flush`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.utime(folder)
        self._handles: list[int] = []
        self._files: list[Path] = []
        self._entry: dict[bytes, int] = {}
        self._pack, self._lengths = array("i"), (array("q"), array("q"))
        self._places = (array("q"), array("q"))
        self._held: list[SessionOutcome] = []
        self._held_bytes = 0
        for file in sorted(folder.glob(f"*{_SUFFIX}")):
            self._open(file)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for handle in self._handles:
            os.close(handle)

    def __contains__(self, key: bytes) -> bool:
        return key in self._entry

    def add(self, outcome: SessionOutcome) -> None:
        """Keep an outcome."""
        self._held.append(outcome)
        self._held_bytes += len(outcome.outlines) + len(outcome.texts)
        if self._held_bytes >= _FULL:
            self.flush()

    def flush(self) -> None:
        """Write what is held as a pack of its own."""
        if self._held:
            number = int(self._files[-1].stem) + 1 if self._files else 1
            file = self.folder / f"{number:06d}{_SUFFIX}"
            write_file(file, _packed(self._held), mode=0o600)
            self._held, self._held_bytes = [], 0
            self._open(file)

    def outlines(self, key: bytes) -> bytes:
        """The small part of the outcome under a key.

        Raises:
            KeyError: there is none, or it has not been written yet.
        """
        return self._read(key, 0)

    def texts(self, key: bytes) -> bytes:
        """The large part of the outcome under a key."""
        return self._read(key, 1)

    def give_up(self, key: bytes) -> Path:
        """Remove the pack that holds this key, because it is not what was written; returns what it was called."""
        file = self._files[self._pack[self._entry[key]]]
        file.unlink(missing_ok=True)
        return file

    def give_up_unused(self, used: Iterable[bytes]) -> None:
        """Write anew what is used if more than half is not, put many small packs together, and give up the folders of older plans."""
        live = [self._entry[key] for key in used]
        sizes = [sum(self._lengths[part][entry] for entry in live) for part in (0, 1)]
        whole = sum(sum(lengths) for lengths in self._lengths)
        # Every build that finds something new adds a pack, and each is an open file.
        small = {pack for pack, file in enumerate(self._files) if file.stat().st_size < _FULL // 2}
        if whole > 2 * sum(sizes):
            self._rewrite(live, set(range(len(self._files))))
        elif len(small) > _MOST_SMALL:
            self._rewrite([entry for entry in live if self._pack[entry] in small], small)
        siblings = [folder for folder in self.folder.parent.iterdir() if folder.is_dir() and not folder.is_symlink()]
        siblings.sort(key=lambda one: one.stat().st_mtime_ns)
        for folder in siblings[:-_MOST_PLANS]:
            if folder != self.folder:
                _remove(folder)

    def _rewrite(self, live: list[int], packs: set[int]) -> None:
        old = [self._files[pack] for pack in packs]
        keys = {entry: key for key, entry in self._entry.items()}
        for entry in live:
            key = keys[entry]
            self.add(SessionOutcome(key, self.outlines(key), self.texts(key)))
        self.flush()
        for file in old:
            file.unlink()

    def _read(self, key: bytes, part: int) -> bytes:
        entry = self._entry[key]
        return os.pread(self._handles[self._pack[entry]], self._lengths[part][entry], self._places[part][entry])

    def _open(self, file: Path) -> None:
        handle = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
        self._handles.append(handle)
        self._files.append(file)
        for key, text_place, text_length, place, length in _ENTRY.iter_unpack(_index(handle)):
            self._entry[key] = len(self._pack)
            self._pack.append(len(self._handles) - 1)
            for part, (start, size) in enumerate(((place, length), (text_place, text_length))):
                self._places[part].append(start)
                self._lengths[part].append(size)


def _packed(outcomes: list[SessionOutcome]) -> bytes:
    entries = []
    place = len(_MAGIC)
    for outcome in outcomes:
        entries.append([outcome.key, place, len(outcome.texts)])
        place += len(outcome.texts)
    begin = place
    for outcome, entry in zip(outcomes, entries, strict=True):
        entry += [place, len(outcome.outlines)]
        place += len(outcome.outlines)
    index = b"".join(_ENTRY.pack(*entry) for entry in entries)
    checked = b"".join(outcome.outlines for outcome in outcomes) + index
    footer = _FOOTER.pack(begin, place, len(index), _digest(checked))
    return b"".join([_MAGIC, *(outcome.texts for outcome in outcomes), checked, footer])


def _index(handle: int) -> bytes:
    """The index of a pack; empty if the pack is not what was written."""
    size = os.fstat(handle).st_size
    if size < len(_MAGIC) + _FOOTER.size or os.pread(handle, len(_MAGIC), 0) != _MAGIC:
        return b""
    begin, place, length, expected = _FOOTER.unpack(os.pread(handle, _FOOTER.size, size - _FOOTER.size))
    if place + length + _FOOTER.size != size or begin > place:
        return b""
    checked = os.pread(handle, size - _FOOTER.size - begin, begin)
    return checked[place - begin :] if _digest(checked) == expected else b""


def _digest(checked: bytes) -> bytes:
    return hashlib.blake2b(checked, digest_size=16).digest()


def _remove(folder: Path) -> None:
    """Remove packs that can be made again, and the folder if nothing else is in it."""
    for file in folder.glob(f"*{_SUFFIX}"):
        file.unlink()
    if not any(folder.iterdir()):
        folder.rmdir()
