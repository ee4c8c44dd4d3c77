"""The pieces of JSON that the line of a call is put together from, in the order of the log's fields."""

from functools import lru_cache
from typing import Any

from agentlog.capture.serialize import encode
from agentlog.formats.response import plain

SCHEMA_VERSION = 1
_MODEL_FIELDS = ("name", "provider", "revision", "quantization")

OPENING = b'{"event":"interaction","schema_version":%d,"id":"' % SCHEMA_VERSION
NO_MODEL = b',"model":{"name":null,"provider":null,"revision":null,"quantization":null}'
_NOTHING_MORE = b',"params":{},"variant":null,"metadata":{}}\n'
NO_TOOLS = b',"tools":[],"model_output":'
TOOLS = b',"tools":%b,"model_output":'
ENDING = (
    b'%b,"params":%b,"usage":%b,"latency_ms":%.3f,"finish_reason":%b,"execution_result":%b,"human_feedback":null,"variant":%b,'
    b'"metadata":%b}\n'
)
ANSWER = b'{"role":"assistant","content":%b,"tool_calls":[]}'


@lru_cache(maxsize=256)
def model_json(name: str) -> bytes:
    return b',"model":%b' % encode(described_model(name)).data


@lru_cache(maxsize=256)
def known_of(model: str) -> bytes:
    return model_json(model) + _NOTHING_MORE


@lru_cache(maxsize=256)
def ending_of(model: str) -> bytes:
    """How the line of a call ends of which there is no more to say than its latency."""
    told = (model_json(model).replace(b"%", b"%%"), b"{}", b"null", b"null", b"null", b"null", b"{}")
    return ENDING.replace(b"%.3f", b"%%.3f") % told


def described_model(model: Any) -> dict[str, Any]:
    try:
        said = {"name": model} if isinstance(model, str) else plain(model)
    except TypeError:
        # Neither a name, nor a dictionary, nor an object with fields.
        said = {"name": str(model)}
    # A reader takes nothing but texts here.
    odd = {name: str(said[name]) for name in _MODEL_FIELDS if not isinstance(said.get(name), str | None)}
    return dict.fromkeys(_MODEL_FIELDS) | said | odd
