"""The parts of a record that say what its number rests on, what would change it, what to do first.

As everywhere in a record, scores and intervals run from 0 to 100 and are never rounded.
"""

from __future__ import annotations
