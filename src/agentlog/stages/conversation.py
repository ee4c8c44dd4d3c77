"""Conversation: the text by which rows are compared with one another."""

from agentlog.privacy.forms.in_text import reduced
from agentlog.schema.messages import text_of
from agentlog.schema.sample import Sample


def conversation(sample: Sample) -> str:
    """All that was said but the system prompts, which all rows of a role share, with every stand-in reduced to one word."""
    parts: list[str] = []
    for message in sample.messages:
        if message["role"] != "system":
            parts.append(text_of(message))
            parts += [str(call["function"].get("arguments") or "") for call in message.get("tool_calls") or []]
    return reduced("\n".join(parts))
