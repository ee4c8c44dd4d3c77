"""The build's secret: the key of all stand-ins of a data folder.

It is made once, readable by its owner only, and never written into a dataset; a manifest names its digest. Whoever has the key could test
guesses against stand-ins, so it is not to be given away with the data.
"""

import os
import secrets
from pathlib import Path

from agentlog._io.atomic import write_file
from agentlog._io.lock import locked
from agentlog.errors import SettingError

KEY_FILE = "scrub.key"


def build_key(data: Path) -> str:
    """The key of a data folder, made if there is none.

    Raises:
        OSError: the data folder cannot be made.
        SettingError: the file is there but is no key.
    """
    data.mkdir(parents=True, exist_ok=True)
    file = data / KEY_FILE
    if not file.exists():
        # Builds of two roles may begin at once, and the key of one must not take the place of the other's.
        with locked(data / "cache" / "builds" / "key.lock", lambda: None):
            if not file.exists():
                write_file(file, secrets.token_hex(32).encode(), mode=0o600)
    key = os.fsdecode(file.read_bytes()).strip()
    if len(key) < 32:
        raise SettingError(f"{file} is no key of 32 characters or more; remove it to have a new one made (stand-ins will change)")
    return key
