"""Reading the log for a build: all of it, or, where the last build left an index, only what may have changed since.

Later lines change what earlier ones say: a result or a rating may come weeks after its call, in any file. So the ids that stand in files
which are new or have grown are looked up in the index, and the sessions they belong to are read again as a whole, wherever their lines lie.
What comes out is what reading everything would give.
"""

import hashlib
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO

import orjson

from agentlog._io.jsonl import BOM, BadLine, raw_lines
from agentlog.build.file_state import Files, look_at_files
from agentlog.build.index import Index, load_index, save_index
from agentlog.build.sessions import Sessions, dumped, key_of
from agentlog.build.table import DIGEST, Table
from agentlog.errors import BuildRefusedError
from agentlog.schema.interaction import Interaction
from agentlog.store.first_bytes import own_interaction, own_later
from agentlog.store.layout import plain_name
from agentlog.store.reader import Interactions, opened

_BUFFER = 1 << 20
_REPORT_EVERY = 1000
_MOST_CHANGED = 0.2
OnRead = Callable[[int], None]
"""Called now and then with the number of interactions read."""
Have = Callable[[bytes], bool]
"""Whether what comes of the session under a key is kept already, so that its content is not needed."""


def read_sessions(data: Path, role: str, *, index: Path | None = None, have: Have | None = None, on_read: OnRead | None = None) -> Sessions:
    """Read all interactions of a role.

    Args:
        data: the data folder.
        role: whose interactions.
        index: where the last reading left what it knew, and this one will.
        have: tells which sessions need not be at hand.
        on_read: is told of the progress.

    Raises:
        BuildRefusedError: there are none; the message says which roles there are.
        LogError: there is no log.
    """
    known = load_index(index) if index and have else None
    files = look_at_files(data, known.files if known else {})
    reading = _Reading(role, on_read)
    try:
        enough = known is not None and have is not None and reading.changes(files, known, have)
        if not enough:
            reading.everything(files)
        if index and not (enough and known and known.files == files.states):
            save_index(index, Index(files.states, reading.table, reading.set_aside))
        counts = reading.table.counts()
        if role not in counts:
            raise BuildRefusedError(f"no interactions of role {role!r} in {data}; {_what_there_is(counts, len(reading.set_aside))}")
        reading.file.flush()
        return Sessions(reading.file, reading.table, role, _each_once(reading.set_aside))
    except BaseException:
        reading.file.close()
        raise


class _Reading:
    """One reading of the log, and the temporary file without a name that it fills with the content of the role's interactions."""

    def __init__(self, role: str, on_read: OnRead | None) -> None:
        self.file: IO[bytes] = tempfile.TemporaryFile(prefix="agentlog-", buffering=_BUFFER)  # noqa: SIM115  closed with the sessions
        self.table = Table()
        self.set_aside: list[BadLine] = []
        self._role = role
        self._on_read = on_read
        self._end = 0

    def everything(self, files: Files) -> None:
        """Read the whole log."""
        self.table = Table()
        reader = Interactions([Path(name) for name in files.states])
        self._take(reader)
        self.set_aside = list(reader.skipped)

    def changes(self, files: Files, known: Index, have: Have) -> bool:
        """Read what may have changed since; says whether that was enough. What was read stays, in any case, for whoever needs it."""
        changed = files.grown
        if changed is None or sum(files.states[str(file)].size for file in changed) > _MOST_CHANGED * _size(files):
            return False
        named, sessions = _named_in(changed)
        table = known.table
        rows = [row for row, name in enumerate(table.ids) if name in named]
        numbers = {table.session[row] for row in rows} | {table.sessions[name] for name in sessions if name in table.sessions}
        if not self._are_kept(table, numbers, have):
            return False
        again = named | {table.ids[row] for row, number in enumerate(table.session) if number in numbers}
        gone = [row for row, name in enumerate(table.ids) if name in again]
        self.table = table.without(gone)
        # Where nothing is to be read again, changed files may still hold lines to set aside.
        reader = Interactions([Path(name) for name in files.states] if again else changed, only=again)
        self._take(reader)
        old = {str(file) for file in changed}
        self.set_aside = [line for line in known.set_aside if str(line.file) not in old]
        self.set_aside += [line for line in reader.skipped if str(line.file) in old]
        return True

    def _are_kept(self, table: Table, changed: set[int], have: Have) -> bool:
        """Whether all sessions of the role are kept but those that will be read again."""
        if self._role not in table.counts():
            return True
        order = table.order(self._role)
        names = list(table.sessions)
        reread = {names[number] for number in changed}
        return all(
            have(key_of(name, (table.digest_of(row) for row in order.rows[order.begins[place] : order.begins[place + 1]])))
            for place, name in enumerate(order.names)
            if name not in reread
        )

    def _take(self, interactions: Iterable[Interaction]) -> None:
        for number, interaction in enumerate(interactions):
            line = dumped(interaction)
            own = interaction.agent_role == self._role
            self.table.add(
                interaction.id,
                interaction.agent_role,
                interaction.session_id or interaction.id,
                interaction.timestamp.encode(),
                hashlib.blake2b(line, digest_size=DIGEST).digest(),
                *((self._end, len(line)) if own else ()),
            )
            if own:
                self.file.write(line)
                self._end += len(line)
            if self._on_read and not number % _REPORT_EVERY:
                self._on_read(number)


def _size(files: Files) -> int:
    return sum(state.size for state in files.states.values())


def _named_in(files: Iterable[Path]) -> tuple[set[str], set[str]]:
    """The interactions that lines of these files are or point at, and the sessions they name."""
    named: set[str] = set()
    sessions: set[str] = set()
    for file in files:
        with opened(file) as stream:
            for number, raw in enumerate(raw_lines(stream, [])):
                if own := own_later(raw):
                    named.add(own[1].decode())
                else:
                    _note(raw if number else raw.removeprefix(BOM), named, sessions)
    return named, sessions


def _note(raw: bytes, named: set[str], sessions: set[str]) -> None:
    """Take in what one line names; of a line of our own making even if the rest of it is torn, so that it will be set aside."""
    if own := own_interaction(raw):
        named.add(own[1].decode())
    try:
        said = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return
    if isinstance(said, dict):
        is_call = said.get("event") == "interaction"
        name, session = said.get("id" if is_call else "interaction_id"), said.get("session_id")
        if isinstance(name, str):
            named.add(name)
        own_session = session or name  # a call without a session is one of its own
        if is_call and isinstance(own_session, str):
            sessions.add(own_session)


def _each_once(set_aside: Iterable[BadLine]) -> list[BadLine]:
    """Lines that were set aside, in order and by the names that files have before they are compressed: a file may lie there both ways."""
    plain = {BadLine(line.file.with_name(plain_name(line.file)), line.number, line.reason) for line in set_aside}
    return sorted(plain, key=lambda line: (line.file, line.number, line.reason))


def _what_there_is(roles: dict[str, int], set_aside: int) -> str:
    there = ", ".join(f"{name} ({number})" for name, number in sorted(roles.items())) or "no interactions at all"
    unread = f", and {set_aside} lines that could not be read" if set_aside else ""
    return f"the log has {there}{unread}: name one of these roles, or log or import some first"
