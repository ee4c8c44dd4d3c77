"""Which rows a measure looks at when it needs texts: a bounded choice by a hash of their ids.

A row that is chosen among many stays chosen when others leave, and data that is added displaces only as many as it brings. The texts of
the other rows are never read.
"""

from collections.abc import Sequence
from heapq import nsmallest
from zlib import crc32

from agentlog.schema.messages import ChatMessage, text_of
from agentlog.schema.outline import Outline
from agentlog.schema.sample import Sample


def chosen_rows(batch: Sequence[Outline], most: int) -> list[Outline]:
    """At most so many rows, in an order that has nothing to do with what they say."""
    return nsmallest(most, batch, key=_rank)


def _rank(outline: Outline) -> tuple[int, str]:
    return crc32(outline.id.encode(errors="surrogatepass")), outline.id


def request_of(sample: Sample) -> str:
    """What the row is asked for: its first message of a user, or its first message where there is none."""
    for message in sample.messages:
        if message["role"] == "user" and text_of(message):
            return text_of(message)
    return text_of(sample.messages[0])


def answer_of(sample: Sample) -> str:
    """All that is trained of a row: texts and tool calls of its trained answers."""
    return "\n".join(_said(sample.messages[index]) for index in sample.trained)


def _said(message: ChatMessage) -> str:
    calls = [call["function"] for call in message.get("tool_calls") or []]
    return "\n".join([text_of(message), *(f"{call['name']} {call.get('arguments') or ''}" for call in calls)])
