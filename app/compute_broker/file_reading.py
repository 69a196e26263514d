"""Reading a file that a person attaches: blocking, bounded, and every refusal a sentence."""

from __future__ import annotations

import stat
from pathlib import Path

from compute_broker.core.attachment import MOST_TEXT_BYTES, AttachmentError, looks_like_image
from compute_broker.core.texts import figure, tr

MOST_FILE_BYTES = 64 * 2**20
"""No larger file is read, whatever it is: a photo of 100 million pixels has about 40 MB."""

_HEAD = 64


def read_file(path: Path) -> tuple[str, bytes]:
    """Return the name and content of the file at ``path``; of what is no image, no more than may be attached.

    Raises:
        AttachmentError: it cannot be read, is a folder or a device, or is too large.
    """
    name = path.name or str(path)
    try:
        about = path.stat()
        if stat.S_ISDIR(about.st_mode):
            raise AttachmentError(tr("{name} is a folder; attach the files in it that matter.", name=name))
        if not stat.S_ISREG(about.st_mode):
            raise AttachmentError(tr("{name} is no ordinary file and cannot be attached.", name=name))
        with path.open("rb") as file:
            head = file.read(_HEAD)
            most = MOST_FILE_BYTES if looks_like_image(head) else MOST_TEXT_BYTES
            if about.st_size > most:
                raise AttachmentError(
                    tr(
                        "{name} is too large to attach ({size} MB; at most {most} MB): "
                        "attach the part that matters.",
                        name=name,
                        size=figure(f"{about.st_size / 1e6:,.1f}"),
                        most=figure(f"{most / 1e6:g}"),
                    )
                )
            return name, head + file.read(most)
    except OSError as error:
        raise AttachmentError(
            tr("{name} cannot be read: {why}.", name=name, why=error.strerror or error)
        ) from error
