"""Bytes beside the log: kept once, whole or not at all, and put back as they were."""

import base64
import hashlib
import multiprocessing
import os
import stat
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentlog.capture.serialize import encode
from agentlog.errors import LogError
from agentlog.schema.changes import is_loss
from agentlog.store.blobs import BlobStore, restore
from agentlog.store.layout import blob_file, blob_files, blobs_folder, log_files

PICTURE = bytes(range(256)) * 20
TEXT = base64.b64encode(PICTURE).decode()
DIGEST = hashlib.sha256(PICTURE).hexdigest()


@pytest.fixture
def store(tmp_path: Path) -> BlobStore:
    return BlobStore(blobs_folder(tmp_path))


def loaded(value: Any, store: BlobStore) -> tuple[Any, list[str]]:
    data, changed = encode(value, "messages", store)
    return orjson.loads(data), changed


def test_bytes_come_back_by_their_digest(store: BlobStore, tmp_path: Path) -> None:
    assert store.put(PICTURE) == store.put(PICTURE) == f"sha256:{DIGEST}"
    assert store.get(f"sha256:{DIGEST}") == PICTURE
    file = blob_file(blobs_folder(tmp_path), DIGEST)
    assert list(blob_files(blobs_folder(tmp_path))) == [file]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert log_files(tmp_path) == []


def test_a_blob_that_is_missing_or_damaged_is_an_error_that_names_it(store: BlobStore, tmp_path: Path) -> None:
    with pytest.raises(LogError, match="cannot be read"):
        store.get(f"sha256:{DIGEST}")
    store.put(PICTURE)
    blob_file(blobs_folder(tmp_path), DIGEST).write_bytes(PICTURE[:-1] + b"!")
    with pytest.raises(LogError, match="is damaged"):
        store.get(f"sha256:{DIGEST}")
    with pytest.raises(LogError, match="is no reference"):
        store.get("sha256:../../etc/passwd")


def test_a_blob_that_was_cut_short_is_written_again(store: BlobStore, tmp_path: Path) -> None:
    store.put(PICTURE)
    file = blob_file(blobs_folder(tmp_path), DIGEST)
    file.write_bytes(PICTURE[:100])
    assert store.get(store.put(PICTURE)) == PICTURE


def put_many(folder: Path, failed: Any) -> None:
    own = BlobStore(folder, sync=True)
    for number in range(200):
        data = bytes([number]) * 5000
        if own.get(own.put(data)) != data:
            failed.set()


def test_many_processes_may_keep_the_same_bytes_at_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    failed = context.Event()
    folder = blobs_folder(tmp_path)
    others = [context.Process(target=put_many, args=(folder, failed)) for _ in range(4)]
    for other in others:
        other.start()
    for other in others:
        other.join()
    assert [other.exitcode for other in others] == [0] * 4
    assert not failed.is_set()
    assert len(list(blob_files(folder))) == 200
    assert not list(folder.rglob(".*"))


MESSAGES: list[dict[str, Any]] = [
    {"role": "user", "content": [{"type": "image_url", "image_url": {"url": f"data:image/png;base64,{TEXT}", "detail": "low"}}]},
    {"role": "user", "content": [{"type": "input_audio", "input_audio": {"data": TEXT, "format": "wav"}}]},
    {"role": "user", "content": [{"type": "file", "file": {"filename": "a.pdf", "file_data": f"data:application/pdf;base64,{TEXT}"}}]},
    {"role": "user", "content": [{"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": TEXT}}]},
    {"role": "user", "content": [{"inline_data": {"mime_type": "image/png", "data": TEXT}}]},
    {"role": "user", "content": [{"type": "input_image", "image_url": f"data:image/png;base64,{TEXT}"}]},
]


@pytest.mark.parametrize("message", MESSAGES)
def test_a_payload_goes_to_the_blobs_and_comes_back(message: dict[str, Any], store: BlobStore) -> None:
    [said], changed = loaded([message], store)
    assert TEXT not in str(said)
    assert f"blob:sha256:{DIGEST}" in str(said)
    assert len(changed) == 1
    assert changed[0].startswith("messages[0].content[0].")
    assert not is_loss(changed[0])
    assert store.get(f"sha256:{DIGEST}") == PICTURE
    assert restore(said, store) == message


def test_a_part_keeps_its_shape_and_its_media_type(store: BlobStore) -> None:
    [said], _ = loaded([MESSAGES[0]], store)
    assert said["content"][0] == {
        "type": "image_url",
        "image_url": {"url": f"data:image/png;base64,blob:sha256:{DIGEST}", "detail": "low"},
    }


def test_text_that_speaks_of_payloads_is_text(store: BlobStore) -> None:
    message = {"role": "user", "content": f"data:image/png;base64,{TEXT}", "note": "blob:sha256:" + "0" * 64}
    said, changed = loaded([message], store)
    assert said == [message]
    assert changed == []
    assert restore(said, store) == [message]


def test_base64_in_an_unusual_spelling_stays_where_it_is(store: BlobStore) -> None:
    wrapped = base64.encodebytes(PICTURE).decode()
    said, changed = loaded([{"data": wrapped, "format": "wav"}, {"data": "no base64 " * 300, "format": "wav"}], store)
    assert said[0]["data"] == wrapped
    assert changed == []


def test_small_bytes_stay_in_the_record_and_large_ones_do_not(store: BlobStore, tmp_path: Path) -> None:
    said, changed = loaded({"small": b"\0", "large": PICTURE, "view": memoryview(PICTURE)}, store)
    assert said["small"] == {"base64": "AA=="}
    assert said["large"] == said["view"] == {"base64": f"blob:sha256:{DIGEST}"}
    assert len(changed) == 3
    assert restore(said, store)["large"] == {"base64": TEXT}
    assert len(list(blob_files(blobs_folder(tmp_path)))) == 1


def test_payloads_beside_odd_values_go_to_the_blobs_too(store: BlobStore) -> None:
    said, changed = loaded((MESSAGES[0], float("nan")), store)
    assert f"blob:sha256:{DIGEST}" in str(said)
    assert len(changed) == 3


def test_where_no_blob_can_be_written_the_record_holds_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"no folder")
    store = BlobStore(blobs_folder(tmp_path))
    said, changed = loaded([*MESSAGES, PICTURE], store)
    assert said == [*MESSAGES, {"base64": TEXT}]
    assert changed == ["messages[6]: bytes as base64"]


def test_where_the_disk_is_full_nothing_is_left_behind(store: BlobStore, tmp_path: Path) -> None:
    import resource
    import signal

    folder = blobs_folder(tmp_path)
    pid = os.fork()
    if pid == 0:
        # A limit on the size of files fails a write in the middle, as a full disk does.
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        said, _ = loaded([PICTURE], store)
        os._exit(0 if said == [{"base64": TEXT}] else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert [file for file in folder.rglob("*") if file.is_file()] == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=9) | st.sampled_from([TEXT, f"data:a/b;base64,{TEXT}"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["data", "format", "url", "content", "base64", "x"]), inner)
    ),
    max_leaves=9,
)


@given(JSON)
def test_what_was_taken_out_of_any_value_can_be_put_back(tmp_path_factory: pytest.TempPathFactory, value: Any) -> None:
    store = BlobStore(blobs_folder(tmp_path_factory.getbasetemp() / "any"))
    said, _ = loaded(value, store)
    assert restore(said, store) == value
