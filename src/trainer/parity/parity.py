"""Parity: does a server render what training rendered, probe by probe, and if not, where do they part.

The questions are those of a certificate, so the one renderer is never asked twice. Ids decide; text only says where the difference lies.
A server that tells no ids can agree in counts, which is weaker and is called so. A probe that training refuses is not compared.
"""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from agentlog.errors import EndpointError
from trainer.parity.certificate import REASONING, Certificate, Probe, SpecialToken
from trainer.parity.endpoint import Endpoint, Kind, Served

Verdict = Literal["identical", "counts agree", "differs", "not compared"]
STOP = "stop token"
_NEAR = 24
_LONGEST = 60


class Compared(BaseModel):
    """One probe on both sides. ``ours`` and ``theirs`` are numbers of tokens."""

    model_config = ConfigDict(frozen=True)

    probe: str
    verdict: Verdict
    ours: int | None = None
    theirs: int | None = None
    where: str = ""
    """Where they part, or why nothing was compared."""
    rare: bool = False
    """Whether only text of a rare kind is concerned."""


class Parity(BaseModel):
    """All probes, and who was asked."""

    model_config = ConfigDict(frozen=True)

    url: str
    kind: Kind
    model: str | None
    models: list[str]
    probes: list[Compared]

    @property
    def differing(self) -> list[Compared]:
        """The probes that the server renders otherwise, those of rare text left out."""
        return [compared for compared in self.probes if compared.verdict == "differs" and not compared.rare]

    @property
    def differing_rarely(self) -> list[Compared]:
        """The probes of rare text that the server renders otherwise."""
        return [compared for compared in self.probes if compared.verdict == "differs" and compared.rare]

    def to_json(self) -> dict[str, Any]:
        """The comparison as a JSON value."""
        return {**self.model_dump(mode="json"), "differing": [compared.probe for compared in self.differing]} | {
            "differing_rarely": [compared.probe for compared in self.differing_rarely]
        }


def compare(certificate: Certificate, endpoint: Endpoint) -> Parity:
    """Ask a server every probe of a certificate.

    Raises:
        EndpointError: it cannot be asked, or not one probe could be compared.
    """
    asked = [probe for probe in certificate.probes if probe.kind == "prompt"]
    probes = [_compared(certificate, probe, endpoint).model_copy(update={"rare": probe.rare}) for probe in asked]
    if all(compared.verdict == "not compared" for compared in probes):
        raise EndpointError(f"{endpoint.url}: not one probe could be compared. The first: {probes[0].where if probes else 'there is none'}")
    if certificate.ends_with is not None:
        probes.append(_stop(certificate.ends_with, endpoint))
    return Parity(url=endpoint.url, kind=endpoint.kind, model=endpoint.model, models=endpoint.models, probes=probes)


def difference(ours: str, theirs: str) -> str:
    """The first place where two texts part, with what each has there; what is only put in or left out is said as that."""
    start = _shared(ours, theirs)
    end = _shared(ours[start:][::-1], theirs[start:][::-1])
    if len(ours) != len(theirs) and start in (len(ours) - end, len(theirs) - end):
        start, end = _slid(max(ours, theirs, key=len), start, end)
    mine, other = ours[start : len(ours) - end], theirs[start : len(theirs) - end]
    near = f"after {ours[max(0, start - _NEAR) : start]!r}" if start else "at the start"
    if not mine:
        return f"{near} the server puts in {_cut(other)}"
    if not other:
        return f"{near} the server leaves out {_cut(mine)}"
    return f"{near} ours has {_cut(mine)}, the server's {_cut(other)}"


def _slid(longer: str, start: int, end: int) -> tuple[int, int]:
    """Where a piece that is only in the longer text is best said to begin: of the places that give the same texts, at a tag or a line."""
    first, last = start, len(longer) - end
    while first and last > first and longer[first - 1] == longer[last - 1]:
        if longer[first] == "<" or longer[first - 1] == "\n":
            break
        first, last = first - 1, last - 1
    if longer[first] == "<" or not first or longer[first - 1] == "\n":
        return first, len(longer) - last
    return start, end


def _compared(certificate: Certificate, probe: Probe, endpoint: Endpoint) -> Compared:
    if probe.text is None:
        return Compared(probe=probe.name, verdict="not compared", where=f"training refuses it: {probe.refused}")
    served = endpoint.render(probe.messages, probe.tools)
    ours = len(probe.ids)
    if served.refused is not None:
        # Servers may be started without tools; a conversation without them is what every one must take.
        verdict: Verdict = "not compared" if probe.tools else "differs"
        return Compared(probe=probe.name, verdict=verdict, ours=ours, where=f"the server refuses it: {served.refused}")
    if served.ids is None:
        if served.tokens == ours:
            return Compared(probe=probe.name, verdict="counts agree", ours=ours, theirs=served.tokens)
        more = (served.tokens or 0) - ours
        where = f"the server's prompt has {abs(more)} tokens {'more' if more > 0 else 'less'}; this kind of server does not tell which"
        return Compared(probe=probe.name, verdict="differs", ours=ours, theirs=served.tokens, where=where)
    if served.ids == probe.ids:
        return Compared(probe=probe.name, verdict="identical", ours=ours, theirs=len(served.ids))
    where = _told(certificate, probe, served.ids, served, endpoint)
    return Compared(probe=probe.name, verdict="differs", ours=ours, theirs=len(served.ids), where=where)


def _told(certificate: Certificate, probe: Probe, ids: list[int], served: Served, endpoint: Endpoint) -> str:
    if ids[1:] == probe.ids:
        first = certificate.bos if certificate.bos and certificate.bos.id == ids[0] else ids[0]
        twice = ", which the template prints already" if probe.ids[0] == ids[0] else ""
        return f"the server adds a token at the start: {first}{twice}"
    if probe.ids[1:] == ids:
        return f"the server's prompt lacks the first token: {certificate.bos if certificate.bos else probe.ids[0]}"
    ours, theirs = probe.text or "", served.text if served.text is not None else endpoint.text_of(ids)
    if theirs is None or theirs == ours:
        place = _shared(probe.ids, ids)
        same = "the text is the same, its tokens are not: another tokenizer; " if theirs is not None else ""
        return f"{same}from token {place} on ours has {probe.ids[place : place + 4]}, the server's {ids[place : place + 4]}"
    return f"{_cause(probe, ours, theirs)}{difference(ours, theirs)}"


def _cause(probe: Probe, ours: str, theirs: str) -> str:
    if "### Instruction" in theirs and "### Instruction" not in ours:
        return "the server renders Alpaca prompts: "
    if REASONING in ours and REASONING not in theirs:
        return "the reasoning is stripped: "
    if ours.startswith(theirs):
        return "the generation prompt is missing: "
    start = _shared(ours, theirs)
    added = len(theirs) - len(ours)
    put_in = theirs[start : start + added] if added > 0 else ""
    if "system" in put_in.lower() and not any(message["role"] == "system" for message in probe.messages):
        return "a system prompt of the server's own: "
    return ""


def _stop(token: SpecialToken, endpoint: Endpoint) -> Compared:
    stops = endpoint.stops_at(token.id)
    if stops is None:
        return Compared(probe=STOP, verdict="not compared", where=f"the server does not let a test make it say {token}")
    if stops:
        return Compared(probe=STOP, verdict="identical")
    return Compared(probe=STOP, verdict="differs", where=f"training ends an answer with {token}, and the server goes on after it")


def _shared(one: Sequence[Any], other: Sequence[Any]) -> int:
    return next((at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), min(len(one), len(other)))


def _cut(text: str) -> str:
    return repr(text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…")
