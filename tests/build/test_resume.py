"""A build that was killed, or that finds a little more data, ends in the bytes of a clean one, whoever did the work."""

import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import orjson
import pytest

from agentlog.build import cache as cache_module
from agentlog.build import run as run_module
from agentlog.build.run import BuildResult, build_dataset
from agentlog.dataset.reader import list_datasets, open_dataset
from agentlog.errors import BuildRefusedError
from agentlog.project import Project, load_project
from agentlog.store.closed import compress_closed
from tests.make import distinct_lines, line, write_log

MOMENT = "2026-11-21T09:00:00.000000Z"


def project_in(folder: Path) -> Project:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "agentlog.yaml").write_text("data: .\n")
    (folder / "scrub.key").write_text("k" * 64)
    return load_project(folder)


def digest_of(result: BuildResult) -> str:
    state = hashlib.sha256()
    for file in sorted(result.folder.iterdir()):
        state.update(file.name.encode() + b"\0" + file.read_bytes())
    return state.hexdigest()


def clean_build(data: Path, scratch: Path, **asked: Any) -> BuildResult:
    shutil.copytree(data / "log", scratch / "log")
    return build_dataset("coder", project=project_in(scratch), **asked)


def more(kind: str) -> list[dict[str, Any]]:
    """Lines that arrive after the first build."""
    said = {"rating": 1, "comments": "wrong", "corrections": None}
    told: dict[str, list[dict[str, Any]]] = {
        "a new session": [line(900, session="new", messages=[{"role": "user", "content": "quite another thing"}])],
        "a rating of an old call": [
            {"event": "feedback", "id": "f", "interaction_id": "coder-task-7-7", "timestamp": MOMENT, "human_feedback": said}
        ],
        "a result of an old call": [
            {
                "event": "result",
                "id": "r",
                "interaction_id": "coder-task-8-8",
                "timestamp": MOMENT,
                "execution_result": {"status": "failure"},
            }
        ],
        "another call of an old session": [line(901, session="coder-task-9")],
        "a copy that stands": [{**distinct_lines(40)[3], "agent_role": "coder", "session_id": "a"}],
        "a copy that does not stand": [{**distinct_lines(40)[3], "session_id": "elsewhere"}],
        "a call of another role": [line(902, session="t", role="tester")],
        "a line that is none": [{"event": "interaction", "id": "x"}],
        "nothing that counts": [{"event": "result", "id": "r", "interaction_id": "nobody", "timestamp": MOMENT, "execution_result": {}}],
    }
    return told[kind]


@pytest.mark.parametrize("grows", [False, True], ids=["in a new file", "in an old file"])
@pytest.mark.parametrize(
    "kind",
    [
        "a new session",
        "a rating of an old call",
        "a result of an old call",
        "another call of an old session",
        "a copy that stands",
        "a copy that does not stand",
        "a call of another role",
        "a line that is none",
        "nothing that counts",
    ],
)
def test_after_a_little_more_data_a_build_gives_what_a_clean_one_gives(tmp_path: Path, kind: str, grows: bool) -> None:
    data = tmp_path / "data"
    project = project_in(data)
    lines = distinct_lines(40)
    for part in range(8):
        write_log(data, lines[5 * part : 5 * part + 5], name=f"{part}.jsonl")
    first = build_dataset("coder", project=project)
    with (data / "log" / "2026-11-20" / ("3.jsonl" if grows else "late.jsonl")).open("ab") as stream:
        stream.write(b"".join(orjson.dumps(one) + b"\n" for one in more(kind)))
    again = build_dataset("coder", project=project)
    assert digest_of(again) == digest_of(clean_build(data, tmp_path / "clean"))
    assert again.already_there == (kind in ("nothing that counts", "a copy that does not stand", "a call of another role"))
    assert first.reused == 0
    assert again.already_there or again.reused >= 37


@pytest.mark.parametrize("change", ["a file is gone", "a file was rewritten", "the index is damaged", "the cache is gone"])
def test_whatever_else_changed_everything_is_read_again(tmp_path: Path, change: str) -> None:
    data = tmp_path / "data"
    project = project_in(data)
    lines = distinct_lines(40)
    for part in range(4):
        write_log(data, lines[10 * part : 10 * part + 10], name=f"{part}.jsonl")
    build_dataset("coder", project=project)
    file = data / "log" / "2026-11-20" / "2.jsonl"
    if change == "a file is gone":
        file.unlink()
    elif change == "a file was rewritten":
        file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:-1]))
    else:
        write_log(data, [line(900, session="new")], name="new.jsonl")
        for made in (data / "cache" / "builds").glob("**/*.index" if change == "the index is damaged" else "**/*.pack"):
            made.write_bytes(made.read_bytes()[:-3])
    again = build_dataset("coder", project=project)
    assert digest_of(again) == digest_of(clean_build(data, tmp_path / "clean"))


def test_the_engine_and_its_workers_leave_no_trace_in_the_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # So little would be done here by itself, and not by any engine.
    monkeypatch.setattr(run_module, "BATCH_INTERACTIONS", 4)
    data = tmp_path / "data"
    project_in(data)
    write_log(data, distinct_lines(40))
    digests = set()
    for number, how in enumerate(({}, {"engine": "process", "workers": 1}, {"engine": "process", "workers": 3})):
        digests.add(digest_of(clean_build(data, tmp_path / str(number), **how)))
    assert len(digests) == 1


def test_a_build_that_was_killed_goes_on_and_ends_in_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tmp_path / "data"
    project = project_in(data)
    write_log(data, distinct_lines(60))
    expected = digest_of(clean_build(data, tmp_path / "clean"))
    code = (
        "import agentlog.build.cache as cache, agentlog.build.run as run\n"
        "cache._FULL, run.BATCH_INTERACTIONS = 1, 2\n"
        "run.build_dataset('coder', on_stage=lambda stage, done, total: print(stage, done, flush=True))"
    )
    chance = random.Random(3)
    for moment in ("clean 8", "clean 40", "score", "write"):
        process = subprocess.Popen([sys.executable, "-c", code], cwd=data, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        for said in process.stdout:
            if said.startswith(moment):
                time.sleep(chance.uniform(0, 0.02))
                os.kill(process.pid, signal.SIGKILL)
                break
        process.communicate()
        for folder in list_datasets(data, "coder"):
            open_dataset(folder)
    monkeypatch.setattr(cache_module, "_FULL", 1)
    result = build_dataset("coder", project=project)
    assert result.reused == 60
    assert digest_of(result) == expected
    assert [folder.name for folder in result.folder.parent.iterdir()] == [result.folder.name]


def test_texts_that_were_damaged_on_the_disk_are_named_in_one_line_and_made_anew_by_the_next_build(tmp_path: Path) -> None:
    data = tmp_path / "data"
    project = project_in(data)
    write_log(data, distinct_lines(40))
    build_dataset("coder", project=project)
    [pack] = (data / "cache" / "builds").glob("**/*.pack")
    content = pack.read_bytes()
    pack.write_bytes(content[:40] + bytes([content[40] ^ 1]) + content[41:])
    with pytest.raises(BuildRefusedError, match=rf"{pack.name} was damaged and is removed"):
        build_dataset("coder", project=project, seed=1)
    assert digest_of(build_dataset("coder", project=project, seed=1)) == digest_of(clean_build(data, tmp_path / "clean", seed=1))


def test_compressing_a_file_with_lines_that_could_not_be_read_changes_nothing_and_other_such_lines_are_another_dataset(
    tmp_path: Path,
) -> None:
    data = tmp_path / "data"
    project = project_in(data)
    write_log(data, distinct_lines(40))
    file = data / "log" / "2026-11-20" / "bad.jsonl"
    file.write_bytes(b"no\n")
    first = build_dataset("coder", project=project)
    compress_closed(data)
    assert not file.exists()
    assert build_dataset("coder", project=project).already_there
    assert digest_of(first) == digest_of(clean_build(data, tmp_path / "clean"))
    file.write_bytes(b"no\n")  # as a run that was stopped leaves it: both ways
    assert build_dataset("coder", project=project).already_there
    file.write_bytes(b"\nno\n")
    file.with_name("bad.jsonl.zst").unlink()
    again = build_dataset("coder", project=project)
    assert not again.already_there
    assert digest_of(again) == digest_of(clean_build(data, tmp_path / "other"))
