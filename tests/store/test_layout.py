"""Where the log lies, and which of the files in a folder belong to it."""

import stat
from pathlib import Path

import pytest

from agentlog.errors import LogError
from agentlog.store.layout import (
    blob_file,
    blob_files,
    blobs_folder,
    compressed_file,
    digests_file,
    in_flight_folder,
    journal_files,
    log_files,
    log_folder,
    make_private,
    new_journal_file,
    new_log_file,
    plain_name,
    set_aside_folder,
)


def test_a_new_file_is_named_by_day_time_process_and_chance(tmp_path: Path) -> None:
    first, second = (new_log_file(tmp_path, 1_763_658_000_123_456_789) for _ in range(2))
    assert first.parent == log_folder(tmp_path) / "2025-11-20"
    assert first.name.startswith("170000.123456-")
    assert first != second


def test_a_data_folder_a_log_folder_a_day_and_a_file_are_all_a_log(tmp_path: Path) -> None:
    file = new_log_file(tmp_path, 0)
    file.write_bytes(b"{}\n")
    for path in (tmp_path, log_folder(tmp_path), file.parent, file):
        assert log_files(path) == [file]


def test_hidden_files_other_files_and_other_folders_are_not_the_log(tmp_path: Path) -> None:
    day = new_log_file(tmp_path, 0).parent
    (tmp_path / "datasets").mkdir()
    for stray in (day / ".half.jsonl", day / "notes.txt", log_folder(tmp_path) / "loose.jsonl", tmp_path / "datasets" / "train.jsonl"):
        stray.write_bytes(b"{}\n")
    assert log_files(tmp_path) == []


def test_a_folder_without_a_log_has_no_files(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_bytes(b"{}\n")
    assert log_files(tmp_path) == []


def test_a_path_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="there is no log at"):
        log_files(tmp_path / "nothing")


def test_journals_digests_and_blobs_are_not_the_log(tmp_path: Path) -> None:
    file = new_log_file(tmp_path, 0)
    blob = blob_file(blobs_folder(tmp_path), "ab" + "0" * 62)
    for folder in (blob.parent, set_aside_folder(tmp_path)):
        make_private(folder, tmp_path)
    journal = new_journal_file(tmp_path, 0)
    for stray in (blob, digests_file(file.parent), journal, set_aside_folder(tmp_path) / journal.name):
        stray.write_bytes(b"{}\n")
    assert log_files(tmp_path) == log_files(log_folder(tmp_path)) == log_files(file.parent) == []
    assert journal_files(tmp_path) == [journal]
    assert list(blob_files(blobs_folder(tmp_path))) == [blob]


def test_what_is_not_there_yet_is_empty(tmp_path: Path) -> None:
    assert journal_files(tmp_path) == list(blob_files(blobs_folder(tmp_path))) == []


def test_a_compressed_file_is_known_by_the_name_it_had(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    assert plain_name(file) == plain_name(compressed_file(file)) == "a.jsonl"


def test_every_folder_of_the_log_is_for_its_owner_only(tmp_path: Path) -> None:
    make_private(set_aside_folder(tmp_path), tmp_path)
    folders = (log_folder(tmp_path), in_flight_folder(tmp_path), set_aside_folder(tmp_path))
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in folders} == {0o700}
