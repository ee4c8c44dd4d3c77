"""Real logs that lie packed beside the checkout, unpacked for a test."""

import tarfile
from pathlib import Path

import pytest

ARCHIVES = {
    "test_aider": "aider-swebench-lite.django-etc",
    "test_cassette": "crewai-cassettes",
    "test_reflexion": "reflexion-humaneval-alfworld-hotpotReAct",
    "test_toolbench": "toolbench-G1",
}


@pytest.fixture
def real_log(request: pytest.FixtureRequest, shared_data: Path, tmp_path: Path) -> Path:
    """The folder of the real log that is of the format of the test's file."""
    name = ARCHIVES[request.path.stem]
    with tarfile.open(shared_data / "trajectories" / f"{name}.tar.gz") as archive:
        archive.extractall(tmp_path / name, filter="data")
    return tmp_path / name
