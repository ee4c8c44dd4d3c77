"""The digest cache: believed while the file is the same one, and never deceived by a date that was put back."""

import os
from pathlib import Path

import pytest

from agentlog._hashing import file_digest
from agentlog.errors import TrainingRefusedError
from trainer.base.digest_cache import DigestCache


def reading(path: Path) -> dict[str, str]:
    return {"file": file_digest(path)}


@pytest.fixture
def file(tmp_path) -> Path:
    path = tmp_path / "weights"
    path.write_bytes(b"old bytes")
    return path


def test_a_file_is_read_once_by_all_processes(file, tmp_path):
    first = DigestCache(tmp_path / "cache.json")
    found = first.digests(file, reading)
    first.save()

    def never(path: Path) -> dict[str, str]:
        raise AssertionError("it was read again")

    assert DigestCache(tmp_path / "cache.json").digests(file, never) == found


def test_a_changed_file_is_read_again_even_with_its_old_date(file, tmp_path):
    cache = DigestCache(tmp_path / "cache.json")
    before, state = cache.digests(file, reading), file.stat()
    file.write_bytes(b"new bytes")
    os.utime(file, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert file.stat().st_mtime_ns == state.st_mtime_ns
    assert cache.digests(file, reading) != before


def test_a_link_is_the_file_it_points_at(file, tmp_path):
    cache = DigestCache(None)
    (tmp_path / "link").symlink_to(file)
    assert cache.digests(tmp_path / "link", reading) == cache.digests(file, reading)


def test_a_file_that_changes_while_it_is_read_is_refused(file):
    def slowly(path: Path) -> dict[str, str]:
        found = reading(path)
        path.write_bytes(b"somebody writes to it")
        return found

    with pytest.raises(TrainingRefusedError, match="changed while it was read"):
        DigestCache(None).digests(file, slowly)


@pytest.mark.parametrize("content", ["", '["torn', "[]", '{"a": {"size": 1}}'])
def test_a_cache_that_cannot_be_read_is_no_cache(file, tmp_path, content):
    (tmp_path / "cache.json").write_text(content)
    cache = DigestCache(tmp_path / "cache.json")
    assert cache.digests(file, reading) == reading(file)
    cache.save()
    assert DigestCache(tmp_path / "cache.json").digests(file, reading) == reading(file)
