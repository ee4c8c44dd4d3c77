"""Where the log lies, and which of the files in a folder belong to it."""

from pathlib import Path

import pytest

from agentlog.errors import LogError
from agentlog.store.layout import log_files, log_folder, new_log_file


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
