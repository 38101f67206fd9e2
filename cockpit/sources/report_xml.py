"""Reads an XML report that anyone may have written: bounded, streaming, without entities or outside references."""

import os
import stat
from pathlib import Path
from xml.sax import SAXException
from xml.sax.handler import ContentHandler, feature_external_ges

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser

from cockpit.errors import SourceGarbageError
from cockpit.text import clean

SIZE_LIMIT_BYTES = 64 * 1024 * 1024
"""A report larger than this is refused unread: fifty thousand tests fit in a sixth of it."""

_CHUNK_BYTES = 256 * 1024


class ReportHandler(ContentHandler):
    """Receives the elements of one report; raises SourceGarbageError when they are not those of its kind."""


def read_report(path: Path, handler: ReportHandler) -> None:
    """Feed the report at `path` to `handler`; raises SourceGarbageError with the reason and the place."""
    # Cobertura names an outside document type: it is passed over, and entities, its only use, are refused.
    parser = DefusedExpatParser(forbid_entities=True, forbid_external=False)
    parser.setFeature(feature_external_ges, False)
    parser.setContentHandler(handler)
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            _refuse_unfit(os.fstat(handle), path)
            parser.feed(b"")  # so that an empty file is looked at too
            while chunk := file.read(_CHUNK_BYTES):
                parser.feed(chunk)
        parser.close()
    except SourceGarbageError as error:
        error.where = error.where or clean(str(path))
        raise
    except OSError as error:
        raise SourceGarbageError(f"report cannot be read: {error.strerror}", where=clean(str(path))) from error
    except DefusedXmlException as error:
        raise SourceGarbageError(
            "report declares XML entities, which are never read", where=clean(str(path))
        ) from error
    except (SAXException, ValueError, LookupError) as error:
        raise SourceGarbageError(
            f"report is not whole XML: {clean(str(error), 200)}", where=clean(str(path))
        ) from error


def _refuse_unfit(status: os.stat_result, path: Path) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise SourceGarbageError("report is not a plain file", where=clean(str(path)))
    if status.st_size > SIZE_LIMIT_BYTES:
        limit_mb = SIZE_LIMIT_BYTES // 2**20
        raise SourceGarbageError(f"report is larger than {limit_mb} MB", where=clean(str(path)))
