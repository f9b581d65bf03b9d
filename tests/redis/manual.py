# SPDX-License-Identifier: BSD-2-Clause
"""The examples of postern-gateways(7), as its readers see them."""
import pathlib
import re

PAGE = pathlib.Path(__file__).resolve().parents[2] / "contrib/man/postern-gateways.7"


def block(text):
    """The literal block that has text in it."""
    blocks = re.findall(r"\.Bd -literal[^\n]*\n(.*?)\.Ed", PAGE.read_text(encoding="utf-8"), re.S)
    found = [b for b in blocks if text in b]
    assert len(found) == 1, (text, len(found))
    return found[0].replace("\\e\n", "\\\n")
