"""Reading YAML, as a multiple of PyYAML's own fast loader on the same text.

Ours checks limits, duplicate keys and merge keys, and keeps the place of every value; PyYAML's does
not. The two take turns; what is printed is the ratio of the best processor times.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import yaml

from assessor.files import loads, shipped

TURNS = 9


def seconds(work: Callable[[], object]) -> float:
    """Processor time of one call."""
    start = time.process_time()
    work()
    return time.process_time() - start


def main() -> None:
    """Print the ratio for the largest shipped rubric file."""
    text = (shipped("rubrics") / "zone.yaml").read_text("utf-8")
    turns = [
        (
            seconds(lambda: loads(text, "zone.yaml")),
            seconds(lambda: yaml.load(text, Loader=yaml.CSafeLoader)),
        )
        for _ in range(TURNS)
    ]
    ours, theirs = map(min, zip(*turns, strict=True))
    sys.stdout.write(
        f"reading {len(text) // 1000} kB of YAML / PyYAML's C loader: {ours / theirs:.2f}\n"
    )


if __name__ == "__main__":
    main()
