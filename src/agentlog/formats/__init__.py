"""Foreign shapes of chat data, one file per format, nothing else.

Files of runs are read through `load_format`; shapes of provider answers (`openai_chat`, `anthropic`) are used by capture as well, and so
none of those modules needs pydantic or a client package.
"""

import importlib
from types import ModuleType

from agentlog.errors import SettingError

FILE_FORMATS = {"messages": "agentlog.formats.messages"}


def load_format(name: str) -> ModuleType:
    """The module that reads a file format.

    Raises:
        SettingError: no such format.
    """
    if name not in FILE_FORMATS:
        raise SettingError(f"unknown format {name!r}: choose one of {', '.join(FILE_FORMATS)}")
    return importlib.import_module(FILE_FORMATS[name])
