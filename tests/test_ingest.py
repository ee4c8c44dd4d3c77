"""Importing: each interaction once, whole files, every run accounted for."""

import gzip
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest
import zstandard

from agentlog import AgentLogger, read_interactions
from agentlog.errors import ImportRefusedError, SettingError
from agentlog.formats.run import Options
from agentlog.ingest import ImportReport, import_logs
from agentlog.store.layout import log_files
from agentlog.testing import log_toy_session


def run(name: str, calls: int = 2, **more: Any) -> dict[str, Any]:
    turns = [({"role": "user", "content": f"{name} {n}"}, {"role": "assistant", "content": f"answer {n}"}) for n in range(calls)]
    return {"messages": [message for turn in turns for message in turn], **more}


def bring(data: Path, *files: Path, **options: Any) -> ImportReport:
    return import_logs(files, data, format="messages", options=Options("coder", "m", **options))


def write(path: Path, value: Any) -> Path:
    path.write_bytes(value if isinstance(value, bytes) else orjson.dumps(value))
    return path


RUNS = [run("a"), run("b", 3)]
JSONL = b"".join(orjson.dumps(each) + b"\n" for each in RUNS)
FILES = {
    "array": orjson.dumps(RUNS, option=orjson.OPT_INDENT_2),
    "lines": JSONL,
    "no final newline": JSONL[:-1],
    "gzip": gzip.compress(orjson.dumps(RUNS)),
    "byte order mark, array": b"\xef\xbb\xbf" + orjson.dumps(RUNS),
    "byte order mark, lines": b"\xef\xbb\xbf" + JSONL.replace(b"\n", b"\r\n"),
    "zstd": zstandard.compress(JSONL),
}


@pytest.mark.parametrize("content", FILES.values(), ids=FILES.keys())
def test_arrays_and_lines_are_read_plain_or_compressed(tmp_path: Path, content: bytes) -> None:
    report = bring(tmp_path / "data", write(tmp_path / "f", content))
    assert (report.runs, report.interactions_read, report.interactions_added, report.set_aside) == (2, 5, 5, [])
    read = list(read_interactions(tmp_path / "data"))
    assert len(read) == 5
    assert len({each.session_id for each in read}) == 2


def test_a_single_object_is_one_run(tmp_path: Path) -> None:
    file = write(tmp_path / "f", orjson.dumps(RUNS[0], option=orjson.OPT_INDENT_2))
    assert bring(tmp_path / "data", file).interactions_added == 2


def test_the_same_file_twice_adds_nothing(tmp_path: Path) -> None:
    file = write(tmp_path / "f.json", RUNS)
    bring(tmp_path / "data", file)
    before = {path: path.read_bytes() for path in log_files(tmp_path / "data")}
    report = bring(tmp_path / "data", file, file)
    assert (report.interactions_added, report.already_there) == (0, 10)
    assert {path: path.read_bytes() for path in log_files(tmp_path / "data")} == before


def test_the_same_file_gives_the_same_bytes_elsewhere(tmp_path: Path) -> None:
    file = write(tmp_path / "f.json", RUNS)
    written = []
    for place in (tmp_path / "one", tmp_path / "two"):
        bring(place, file)
        written.append([path.read_bytes() for path in log_files(place)])
    assert written[0] == written[1]


def test_what_an_earlier_import_left_out_is_completed(tmp_path: Path) -> None:
    bring(tmp_path / "data", write(tmp_path / "half.json", RUNS[:1]))
    report = bring(tmp_path / "data", write(tmp_path / "whole.json", RUNS))
    assert (report.interactions_added, report.already_there) == (3, 2)


def test_runs_that_share_a_session_value_are_not_mixed(tmp_path: Path) -> None:
    """The first keeps the value; a later run, and a run that meets a live session of that name, get a mark of their own."""
    file = write(tmp_path / "f.json", [run("a", id="s"), run("b", id="s"), run("c", id="toy")])
    log_toy_session(AgentLogger(tmp_path / "data"), "toy", calls=1)
    bring(tmp_path / "data", file, session_path="id")
    sessions = {each.session_id: each.messages[-1]["content"] for each in read_interactions(tmp_path / "data")}
    plain = sorted(name.partition("#")[0] for name in sessions if name)
    assert plain == ["s", "s", "toy", "toy"]
    assert {"s", "toy"} < set(sessions)
    assert bring(tmp_path / "data", file, session_path="id").interactions_added == 0


def test_what_cannot_be_used_is_set_aside_and_the_rest_imported(tmp_path: Path) -> None:
    odd = run("d")
    odd["messages"].append({"role": "judge", "content": "?"})
    lines = [orjson.dumps(run("a")), b"{broken", orjson.dumps({"messages": 3}), orjson.dumps(odd)]
    report = bring(tmp_path / "data", write(tmp_path / "f.jsonl", b"\n".join(lines)))
    assert (report.runs, report.runs_set_aside, report.interactions_added) == (4, 2, 4)
    assert [bad.number for bad in report.set_aside] == [2, 3, 4]


def test_a_run_nested_too_deeply_is_set_aside_in_arrays_and_lines(tmp_path: Path) -> None:
    deep = b'{"messages":' + b"[" * 300 + b"]" * 300 + b"}"
    for name, content in {
        "array": b"[" + orjson.dumps(RUNS[0]) + b"," + deep + b"]",
        "lines": orjson.dumps(RUNS[0]) + b"\n" + deep,
    }.items():
        report = bring(tmp_path / name, write(tmp_path / f"{name}.json", content))
        assert report.interactions_added == 2
        assert [(bad.number, "nested too deeply" in bad.reason) for bad in report.set_aside] == [(2, True)]


def test_runs_without_a_result_are_imported_and_counted(tmp_path: Path) -> None:
    report = bring(tmp_path / "data", write(tmp_path / "f.json", [run("a", ok=True), run("b")]), result_path="ok")
    assert report.interactions_added == 4
    assert report.lacking == {"result": 1}


def test_a_printed_object_is_one_run_even_if_one_of_its_lines_is_json_by_itself(tmp_path: Path) -> None:
    file = write(tmp_path / "f", orjson.dumps({**RUNS[0], "tags": ["a", "b"]}, option=orjson.OPT_INDENT_2))
    assert b'\n    "b"\n' in file.read_bytes()
    report = bring(tmp_path / "data", file)
    assert (report.runs, report.interactions_added, report.set_aside) == (1, 2, [])


def test_lines_of_which_the_first_is_broken_are_read_all_the_same(tmp_path: Path) -> None:
    report = bring(tmp_path / "data", write(tmp_path / "f", b'{"messages": [\n' + JSONL))
    assert (report.interactions_added, [bad.number for bad in report.set_aside]) == (5, [1])


@pytest.mark.parametrize("role", ["", "a/b", "..", "two words"])
def test_a_role_that_could_never_be_built_is_refused(tmp_path: Path, role: str) -> None:
    with pytest.raises(SettingError, match="cannot name a folder"):
        import_logs([write(tmp_path / "f", RUNS)], tmp_path / "data", format="messages", options=Options(role))
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"hello\nworld\n", "neither JSON nor JSON lines"),
        (b"[{]", "neither JSON nor JSON lines"),
        (b"[]", "it holds no runs"),
        (b"[1, 2]", "not an object but int"),
        (orjson.dumps([{"traj": []}]), "no list of messages at 'messages'; the run has traj"),
        (gzip.compress(orjson.dumps(RUNS), mtime=0)[:-20], "damaged"),
    ],
)
def test_a_file_that_gives_nothing_is_refused_in_one_line(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(ImportRefusedError, match=said) as refused:
        bring(tmp_path / "data", write(tmp_path / "f", content))
    assert "\n" not in str(refused.value)
    assert not (tmp_path / "data").exists()


def test_a_path_that_no_run_has_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportRefusedError, match="none of its 2 runs has a value at --result-path"):
        bring(tmp_path / "data", write(tmp_path / "f", RUNS), result_path="reward")


@pytest.mark.parametrize("name", ["nothing", "."])
def test_a_file_that_is_not_there_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ImportRefusedError, match="cannot be read"):
        bring(tmp_path / "data", tmp_path / name)


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="choose one of messages"):
        import_logs([], tmp_path, format="xml", options=Options("r"))


KILLED = """
import os, signal, sys
from pathlib import Path
import agentlog.ingest as ingest
from agentlog.formats.run import Options
ingest._LINES_PER_FILE = 10
write_file, written = ingest.write_file, []
def write_then_die(*arguments):
    if len(written) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    written.append(write_file(*arguments))
ingest.write_file = write_then_die
ingest.import_logs([sys.argv[1]], Path(sys.argv[2]), format="messages", options=Options("coder", "m"))
"""


def test_an_import_that_is_killed_leaves_whole_lines_and_is_completed(tmp_path: Path) -> None:
    """Killed between two files of the log: the second import adds exactly what is missing."""
    file, data = write(tmp_path / "f.json", [run(f"r{n}", 5) for n in range(10)]), tmp_path / "data"
    done = subprocess.run([sys.executable, "-c", KILLED, file, data], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    left = read_interactions(data)
    assert len(list(left)) == 20
    assert left.skipped == []
    report = bring(data, file)
    assert (report.interactions_added, report.already_there) == (30, 20)
    assert len(list(read_interactions(data))) == 50


def test_the_real_tau_bench_runs_are_taken_whole(tmp_path: Path, shared_data: Path) -> None:
    file = shared_data / "trajectories" / "taubench-gpt-4o-airline.even-tasks.json.gz"
    options = {"messages_path": "traj", "task_path": "task_id", "result_path": "reward"}
    report = bring(tmp_path, file, **options)
    assert (report.runs, report.interactions_added, report.set_aside) == (100, 1163, [])
    log = read_interactions(tmp_path)
    read = list(log)
    assert log.skipped == []
    assert len({each.session_id for each in read}) == 100
    succeeded = {each.session_id for each in read if each.execution_result and each.execution_result.status == "success"}
    assert len(succeeded) == 49
    assert bring(tmp_path, file, **options).interactions_added == 0


def test_a_file_that_is_one_list_of_messages_is_one_run(tmp_path: Path) -> None:
    file = tmp_path / "run.json"
    file.write_text('[{"role": "user", "content": "2 + 2?"}, {"role": "assistant", "content": "4"}]')
    report = import_logs([file], tmp_path / "data", format="messages", options=Options("solver"))
    assert (report.runs, report.interactions_added, report.set_aside) == (1, 1, [])


def test_a_refusal_after_other_files_says_that_those_are_imported(tmp_path: Path) -> None:
    good = write(tmp_path / "good.json", RUNS)
    with pytest.raises(ImportRefusedError, match="What the 1 before it hold is imported"):
        bring(tmp_path / "data", good, tmp_path / "missing.json")
    assert bring(tmp_path / "data", good).interactions_added == 0


def cassette(path: Path, *answers: str) -> Path:
    """A recorded chat completion for each answer."""
    path.parent.mkdir(exist_ok=True)
    asked = orjson.dumps({"model": "m", "messages": [{"role": "user", "content": "?"}]}).decode()
    said = [orjson.dumps({"choices": [{"message": {"role": "assistant", "content": answer}}]}).decode() for answer in answers]
    requests = {"method": "POST", "uri": "https://example.test/v1/chat/completions", "body": asked}
    return write(path, {"interactions": [{"request": requests, "response": {"body": {"string": each}}} for each in said]})


def bring_cassettes(data: Path, *files: Path) -> ImportReport:
    return import_logs(files, data, format="cassette", options=Options("crew"))


def test_of_a_folder_all_files_of_the_format_are_read_and_others_set_aside(tmp_path: Path) -> None:
    folder = tmp_path / "cassettes"
    cassette(folder / "b.yaml", "one", "two")
    cassette(folder / "a.json.gz", "three").write_bytes(gzip.compress((folder / "a.json.gz").read_bytes()))
    (folder / "notes.txt").write_text("not looked at")
    (folder / "config.yaml").write_text("a: 1")
    report = bring_cassettes(tmp_path / "data", folder)
    assert (report.runs, report.runs_set_aside, report.interactions_added) == (3, 1, 3)
    assert [(bad.file.name, bad.reason) for bad in report.set_aside] == [("config.yaml", "is no cassette: it has no list of interactions")]
    assert {each.session_id for each in read_interactions(tmp_path / "data")} == {"a", "b"}
    assert bring_cassettes(tmp_path / "data", folder).interactions_added == 0


def test_lines_of_many_files_share_files_of_the_log(tmp_path: Path) -> None:
    bring_cassettes(tmp_path / "data", *(cassette(tmp_path / f"{n}.yaml", str(n)) for n in range(5)))
    assert len(list(log_files(tmp_path / "data"))) == 1


def test_a_folder_without_a_file_of_the_format_is_refused_after_what_came_before_it(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ImportRefusedError, match=r"empty cannot be read: a folder without a file named \*\.yaml"):
        bring_cassettes(tmp_path / "data", cassette(tmp_path / "a.yaml", "one"), tmp_path / "empty")
    assert len(list(read_interactions(tmp_path / "data"))) == 1


def test_files_of_which_none_gives_a_call_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportRefusedError, match=r"nothing in the files can be imported; the first reason: .*holds no exchange"):
        bring_cassettes(tmp_path / "data", cassette(tmp_path / "a.yaml"), cassette(tmp_path / "b.yaml"))


def test_a_path_is_refused_where_the_format_knows_its_places(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="--result-path belongs to the format messages"):
        import_logs([tmp_path], tmp_path / "data", format="aider", options=Options("r", result_path="reward"))
