"""Verifying a log: each thing that is wrong is found and named with its place, and nothing that is right is."""

import fcntl
from pathlib import Path
from typing import Any

import orjson
import pytest

from agentlog.errors import LogError
from agentlog.schema.payloads import BLOB
from agentlog.store.blobs import BlobStore
from agentlog.store.closed import compress_closed
from agentlog.store.layout import blob_file, blobs_folder, compressed_file, digests_file, new_journal_file, set_aside_folder
from agentlog.store.verify import Finding, Verified, verify_log
from tests.make import line, write_log


def verify(data: Path) -> tuple[Verified, list[Finding]]:
    findings: list[Finding] = []
    return verify_log(data, findings.append), findings


def result(name: str, target: str, status: str = "success") -> dict[str, Any]:
    said = {"interaction_id": target, "timestamp": "2026-11-20T18:00:00Z", "execution_result": {"status": status}}
    return {"event": "result", "id": name, **said}


def reasons(data: Path) -> list[str]:
    return [f"{finding.file.name}:{finding.line}: {finding.reason}" for finding in verify(data)[1]]


def test_a_good_log_has_no_findings_and_is_counted(tmp_path: Path) -> None:
    url = "data:image/png;base64," + BLOB + BlobStore(blobs_folder(tmp_path)).put(b"an image")
    image = {"type": "image_url", "image_url": {"url": url}}
    write_log(tmp_path, [line(0), line(1, messages=[{"role": "user", "content": [image]}]), result("r", "s-0")])
    compress_closed(tmp_path)
    lost = {"event": "lost", "id": "l", "timestamp": "2026-11-20T18:00:00Z", "since": "2026-11-20T17:00:00Z", "count": 3, "reason": "full"}
    write_log(tmp_path, [line(2), line(0), result("r2", "gone"), lost], "b.jsonl")
    counts, findings = verify(tmp_path)
    assert findings == []
    assert counts == Verified(
        files=2, lines=7, interactions=4, results=2, lost=3, orphans=1, repeated=1, closed=1, blobs=1, references=1
    )  # fmt: skip


def test_bad_lines_are_named_with_their_place_and_reason(tmp_path: Path) -> None:
    file = write_log(tmp_path, [line(0), {"event": "party"}, line(1, messages="hello")])
    file.write_bytes(file.read_bytes() + b"no json\n" + b'{"torn')
    write_log(tmp_path, [], "b.jsonl")
    told = reasons(tmp_path)
    assert told[0] == "a.jsonl:2: unknown event 'party'"
    assert told[1] == "a.jsonl:3: wrong field messages: Input should be a valid list"
    assert told[2].startswith("a.jsonl:4: not JSON")
    assert told[3].startswith("a.jsonl:5: not JSON")
    assert told[3].endswith("it was torn)")
    assert told[4:] == [
        "b.jsonl:None: the file is empty: its process ended before it wrote anything, or it was emptied; move it out of the log"
    ]


def test_a_line_that_is_being_written_is_not_wrong(tmp_path: Path) -> None:
    file = write_log(tmp_path, [line(0)])
    with file.open("ab", buffering=0) as writer:
        fcntl.flock(writer, fcntl.LOCK_EX)
        writer.write(b'{"event":"inter')
        counts, findings = verify(tmp_path)
    assert (counts.being_written, findings) == (1, [])
    assert len(verify(tmp_path)[1]) == 1, "nobody holds the file any more: the line is torn"


def test_ids_that_stand_for_different_events_are_found_across_files(tmp_path: Path) -> None:
    write_log(tmp_path, [line(0), result("r", "s-0")])
    other = write_log(tmp_path, [line(0, task_type="other"), result("r", "s-0", "failure"), line(0)], "b.jsonl")
    found = verify(tmp_path)[1]
    assert [(finding.file, finding.line) for finding in found] == [(other, 1), (other, 2)]
    assert "interaction s-0 differs from that of " in found[0].reason
    assert found[0].reason.endswith("a.jsonl:1")


@pytest.mark.parametrize("damage", ["a byte", "the end", "another content"])
def test_a_compressed_file_that_changed_since_it_was_closed_is_found(tmp_path: Path, damage: str) -> None:
    file = compressed_file(write_log(tmp_path, [line(number) for number in range(50)]))
    compress_closed(tmp_path)
    raw = bytearray(file.read_bytes())
    if damage == "a byte":
        raw[len(raw) // 2] ^= 1
    elif damage == "the end":
        del raw[-20:]
    else:
        raw[:] = b"".join(orjson.dumps(line(number)) + b"\n" for number in range(49))
    file.write_bytes(raw)
    assert any("is not what it was when it was closed" in reason for reason in reasons(tmp_path))


def test_a_closed_file_that_is_gone_is_found(tmp_path: Path) -> None:
    file = write_log(tmp_path, [line(0)])
    compress_closed(tmp_path)
    compressed_file(file).unlink()
    assert reasons(tmp_path) == ["digests.ndjson:None: a.jsonl was closed and is not there"]


def test_a_closed_file_that_somebody_unpacked_is_right_if_its_bytes_are(tmp_path: Path) -> None:
    file = write_log(tmp_path, [line(0)])
    raw = file.read_bytes()
    compress_closed(tmp_path)
    compressed_file(file).unlink()
    file.write_bytes(raw)
    assert reasons(tmp_path) == []
    file.write_bytes(raw + orjson.dumps(line(1)) + b"\n")
    assert len(reasons(tmp_path)) == 1


def test_a_damaged_record_of_closed_files_is_found(tmp_path: Path) -> None:
    file = write_log(tmp_path, [line(0)])
    digests_file(file.parent).write_bytes(b"{}\n")
    assert reasons(tmp_path) == ["digests.ndjson:1: not a digest of a closed file"]


def test_blobs_are_compared_with_their_names_and_references_with_blobs(tmp_path: Path) -> None:
    name = BlobStore(blobs_folder(tmp_path)).put(b"whole").removeprefix("sha256:")
    blob_file(blobs_folder(tmp_path), name).write_bytes(b"changed")
    (blobs_folder(tmp_path) / "sha256" / "zz").mkdir()
    (blobs_folder(tmp_path) / "sha256" / "zz" / "stray").write_bytes(b"")
    reference = f"{BLOB}sha256:{'0' * 64}"
    write_log(tmp_path, [line(0, metadata={"note": reference}), line(1, metadata={"arguments": {"file": {"base64": reference}}})])
    assert sorted(reasons(tmp_path)) == [
        f"{name}:None: its content is not what its name says",
        f"a.jsonl:2: refers to the blob {'0' * 64}, which is not there",
        "stray:None: its content is not what its name says",
    ]


def test_journals_are_counted_and_not_taken_for_log_files(tmp_path: Path) -> None:
    write_log(tmp_path, [line(0)])
    new_journal_file(tmp_path, 0).write_bytes(b"\x1e")
    with new_journal_file(tmp_path, 1).open("wb") as living:
        fcntl.flock(living, fcntl.LOCK_EX)
        set_aside_folder(tmp_path).mkdir()
        (set_aside_folder(tmp_path) / "old.journal").write_bytes(b"\x1e")
        counts, findings = verify(tmp_path)
    assert (counts.waiting, counts.set_aside, counts.files, findings) == (1, 1, 1, [])


def test_files_are_told_as_they_are_done(tmp_path: Path) -> None:
    for name in ("a.jsonl", "b.jsonl"):
        write_log(tmp_path, [line(0)], name)
    heard: list[tuple[int, int]] = []
    verify_log(tmp_path, lambda finding: None, lambda done, of: heard.append((done, of)))
    assert heard == [(0, 2), (1, 2)]


def test_a_place_without_a_log_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="there is no log at"):
        verify(tmp_path / "nothing")
