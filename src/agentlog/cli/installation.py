"""Installation: what `agentlog doctor` looks at on this machine, each point with its verdict and what to do.

    installed   Python, the packages of each extra, whether the hub is asked
    project     agentlog.yaml, the data folder, the disk, the log, datasets, adapters, the deployed models

``broken`` is what stops a command that worked before, or what was damaged; ``warn`` is what some command will ask for. Nothing is changed.
"""

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Literal, NamedTuple

from agentlog import __version__
from agentlog.errors import AgentlogError, LogError
from agentlog.project import Project, find_project_file

_REQUIREMENT = re.compile(r"""(?P<name>[\w.-]+)(?:\[[^\]]*\])?\s*(?P<bounds>[^;]*)(?:;.*extra == ['"](?P<extra>[\w-]+)['"])?""")
_NOT_SHOWN = {"all", "dev"}
_LITTLE_DISK = 1 << 30


class Finding(NamedTuple):
    """One point of the examination."""

    check: str
    verdict: Literal["ok", "warn", "broken"]
    found: str
    advice: str = ""


def installed() -> Iterator[Finding]:
    """Python, the packages, and what the environment says of the hub."""
    python = ".".join(map(str, sys.version_info[:3]))
    yield Finding(
        "python", "ok" if sys.version_info >= (3, 11) else "broken", python, "" if sys.version_info >= (3, 11) else "use 3.11 or newer"
    )
    yield _agentlog()
    for extra, requirements in _requirements().items():
        yield _packages(extra, requirements)
    said = {name: os.environ[name] for name in ("HF_HUB_OFFLINE", "HF_ENDPOINT", "HF_HOME") if os.environ.get(name)}
    shown = ", ".join(f"{name}={value}" for name, value in said.items())
    yield Finding("hub", "ok", f"not asked unless --allow-hub is given{f' ({shown})' if shown else ''}")


def project_file() -> Finding:
    """Whether there is an agentlog.yaml, once it is known to be readable."""
    file = find_project_file(Path.cwd())
    if file is None:
        return Finding("agentlog.yaml", "warn", "none here or above", "agentlog init writes one; training needs the deployed model named")
    return Finding("agentlog.yaml", "ok", str(file))


def state_of(project: Project) -> Iterator[Finding]:
    """What a project has on this machine: its folder, disk, log, datasets, adapters and deployed models."""
    yield _folder(project.data)
    yield _disk(project.data)
    if project.data.is_dir():
        yield _guarded("log", lambda: _log(project.data))
        for role in sorted({*project.roles, *_roles_with_datasets(project.data)}):
            yield _guarded(f"datasets of {role}", lambda role=role: _datasets(project.data, role))  # type: ignore[misc]
        yield _guarded("adapters", lambda: _adapters(project.data))
    for role in project.roles:
        yield _guarded(f"deployed model of {role}", lambda role=role: _deployed(project, role))  # type: ignore[misc]


def _guarded(check: str, look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except AgentlogError as error:
        return Finding(check, "broken", str(error))
    except OSError as error:
        return Finding(check, "broken", f"{error.filename or check}: {error.strerror or error}", "mend its permissions or its disk")


def _agentlog() -> Finding:
    # In an environment that only follows a checkout, what each extra needs is that of the day when it was installed.
    installed_as = metadata.version("agentlog")
    if installed_as == __version__:
        return Finding("agentlog", "ok", __version__)
    return Finding("agentlog", "warn", f"{__version__}, installed as {installed_as}", "install it again: its extras may need more by now")


def _requirements() -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {"(always)": []}
    for line in metadata.requires("agentlog") or ():
        said = _REQUIREMENT.match(line)
        if said and said["extra"] not in _NOT_SHOWN and said["name"] != "agentlog":
            found.setdefault(said["extra"] or "(always)", []).append((said["name"], said["bounds"].strip()))
    return found


def _packages(extra: str, requirements: list[tuple[str, str]]) -> Finding:
    there, missing, wrong = [], [], []
    for name, bounds in requirements:
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            missing.append(name)
            continue
        there.append(f"{name} {version}")
        if not _fits(version, bounds):
            wrong.append(f"{name} {version} (wanted {bounds})")
    check = "packages" if extra == "(always)" else f"extra {extra}"
    how = "pip install -U agentlog" if extra == "(always)" else f"pip install -U 'agentlog[{extra}]'"
    if wrong or (missing and extra == "(always)"):
        return Finding(check, "broken", ", ".join([*wrong, *(f"{name} is missing" for name in missing)]), how)
    if missing:
        return Finding(check, "ok", f"not installed (lacks {', '.join(missing)})", f"{how.replace(' -U', '')}, if you want it")
    return Finding(check, "ok", ", ".join(there))


def _fits(version: str, bounds: str) -> bool:
    has = _numbers(version)
    for sign, bound in re.findall(r"(>=|<)\s*([\w.]+)", bounds):
        if (has < _numbers(bound)) if sign == ">=" else (has >= _numbers(bound)):
            return False
    return True


def _numbers(version: str) -> tuple[int, ...]:
    plain = re.match(r"[\d.]+", version)
    numbers = [int(part) for part in (plain[0] if plain else "0").split(".") if part]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def _folder(data: Path) -> Finding:
    if not data.exists():
        return Finding("data folder", "ok", f"{data} is not there yet", "the first logged call makes it")
    try:
        with tempfile.TemporaryFile(dir=data):
            return Finding("data folder", "ok", f"{data} can be written")
    except OSError as error:
        return Finding(
            "data folder", "broken", f"{data} cannot be written ({error.strerror})", "mend its permissions, or name another with --data"
        )


def _disk(data: Path) -> Finding:
    place = data
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    if free < _LITTLE_DISK:
        return Finding("disk", "warn", f"{free / 1e6:,.0f} MB free at {place}", "free some before a build or a training")
    return Finding("disk", "ok", f"{free / 1e9:,.1f} GB free at {place}")


def _log(data: Path) -> Finding:
    from agentlog.store.summary import summarise

    try:
        summary = summarise(data)
    except LogError as error:
        return Finding("log", "warn", str(error), "log some calls, or import a log")
    count = sum(role.interactions for role in summary.roles.values())
    if not count:
        return Finding("log", "warn", "nothing is logged yet", "log some calls, or import a log")
    found = f"{count:,} interactions of {len(summary.roles)} roles in {summary.files} files"
    odd = [
        f"{len(summary.set_aside)} lines set aside" if summary.set_aside else "",
        f"{summary.lost} events lost" if summary.lost else "",
        f"{summary.waiting} calls that had not ended when their process did" if summary.waiting else "",
    ]
    if any(odd):
        return Finding("log", "warn", f"{found}; {', '.join(filter(None, odd))}", "agentlog log stats, agentlog log recover")
    return Finding("log", "ok", found)


def _roles_with_datasets(data: Path) -> list[str]:
    folder = data / "datasets"
    return [path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")] if folder.is_dir() else []


def _datasets(data: Path, role: str) -> Finding:
    from agentlog.dataset.reader import list_datasets, open_dataset

    found = list_datasets(data, role)
    if not found:
        return Finding(f"datasets of {role}", "ok", "none yet", f"agentlog build --role {role}")
    for folder in found:
        open_dataset(folder)
    return Finding(f"datasets of {role}", "ok", f"{len(found)} intact, newest {found[-1].name}")


def _adapters(data: Path) -> Finding:
    from trainer.adapters.vault import Vault

    vault = Vault(data)
    found = vault.list()
    problems = [
        *(problem for adapter in found for problem in vault.verify(adapter)),
        *(f"{f} has no readable card" for f in vault.damaged()),
    ]
    if problems:
        return Finding("adapters", "broken", "; ".join(problems), "restore from a copy, or train again")
    return Finding("adapters", "ok", f"{len(found)} intact" if found else "none yet")


def _deployed(project: Project, role: str) -> Finding:
    from agentlog._hashing import short
    from trainer.preflight.models import fingerprint_of

    check, name = f"deployed model of {role}", project.role(role).deployed_model
    if name is None:
        return Finding(check, "warn", "none is named", f"roles.{role}.deployed_model in agentlog.yaml; training needs it")
    try:
        prints = fingerprint_of(name, project)
    except ModuleNotFoundError as error:
        return Finding(check, "warn", f"{name} cannot be looked for: {error.name} is not installed", "pip install 'agentlog[train]'")
    if prints is None:
        return Finding(
            check, "warn", f"{name} is not on this machine", "training and `doctor --endpoint` need its folder, or its hub id in the cache"
        )
    return Finding(check, "ok", f"{name} ({short(prints.overall)})")
