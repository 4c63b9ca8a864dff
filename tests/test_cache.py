"""Rubrics kept between runs: used only while every file of them is the same, and never code."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assessor import InputError, Rubric, assess, cache, load_rubric, loading
from assessor.draws import Draws
from assessor.loading import rubric_path
from assessor.questions import Figure
from assessor.record import to_json
from assessor.scorer import Scorer
from tests.conftest import ROOT
from tests.small import SMALL, files


@pytest.fixture(autouse=True)
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of one's own, which is not there yet."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "zone-assessor"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The small rubric in a folder of one's own."""
    for name in ("small.yaml", "lessons.yaml", "comparators.yaml"):
        shutil.copy(SMALL.parent / name, tmp_path / name)
    return tmp_path / "small.yaml"


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], bool]:
    """Loads a rubric, and tells whether its YAML was read for that."""
    loads: list[Any] = []
    real = loading.load
    monkeypatch.setattr(loading, "load", lambda *a, **k: loads.append(a) or real(*a, **k))

    def load(path: Path) -> bool:
        loads.clear()
        load_rubric(path)
        return bool(loads)

    return load


def entry(room: Path) -> Path:
    (one,) = room.iterdir()
    return one


def fields(rubric: Rubric) -> dict[str, Any]:
    return {name: getattr(rubric, name) for name in Rubric.__dataclass_fields__}


@pytest.mark.parametrize("name", ["zone", "cluster", SMALL])
def test_a_rubric_is_the_same_when_it_comes_from_the_cache(name: str | Path, room: Path) -> None:
    first = load_rubric(name)
    assert fields(cache.recall(rubric_path(name))) == fields(first)
    again = load_rubric(name)
    assert fields(again) == fields(first)
    assert again.conditions == first.conditions


def test_its_yaml_is_read_only_once(path: Path, read: Callable[[Path], bool]) -> None:
    assert [read(path), read(path)] == [True, False]


@pytest.mark.parametrize("name", ["small.yaml", "lessons.yaml", "comparators.yaml"])
def test_a_changed_file_is_read_anew(
    name: str, path: Path, read: Callable[[Path], bool], room: Path
) -> None:
    read(path)
    with (path.parent / name).open("a") as file:
        file.write("# A remark.\n")
    assert [read(path), read(path)] == [True, False]
    assert len(files(room)) == 1


@pytest.mark.parametrize("name", ["paper.yaml", "shenzhen-1980s.yaml"])
def test_a_file_of_ones_own_that_is_new_is_read(
    name: str, path: Path, read: Callable[[Path], bool]
) -> None:
    path.write_text(path.read_text() + "comparators: [shenzhen-1980s.yaml]\n")
    read(path)
    room = "examples" if name == "shenzhen-1980s.yaml" else "rubrics"
    shutil.copy(ROOT / room / name, path.parent / name)
    (path.parent / name).write_text((path.parent / name).read_text() + "# Mine.\n")
    assert read(path)
    assert not read(path)
    (path.parent / name).unlink()
    assert read(path)


def test_a_rubric_with_a_fault_is_not_kept(path: Path, room: Path) -> None:
    path.write_text(path.read_text().replace("id: small", "id: other", 1))
    for _ in range(2):
        with pytest.raises(InputError, match="is not the file's name"):
            load_rubric(path)
    assert not room.exists()


def test_a_fault_is_told_although_an_older_state_is_kept(path: Path) -> None:
    load_rubric(path)
    path.write_text(path.read_text().replace("id: small", "id: other", 1))
    with pytest.raises(InputError, match="is not the file's name"):
        load_rubric(path)
    path.unlink()
    with pytest.raises(InputError, match="no such file"):
        load_rubric(path)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: b"",
        lambda content: content[:100],
        lambda content: content[:-1] + b"x",
        lambda content: bytes(1000),
    ],
)
def test_a_spoilt_entry_is_written_anew(
    spoil: Callable[[bytes], bytes], path: Path, read: Callable[[Path], bool], room: Path
) -> None:
    read(path)
    entry(room).write_bytes(spoil(entry(room).read_bytes()))
    assert [read(path), read(path)] == [True, False]


def test_an_entry_of_other_code_does_not_hold(
    path: Path, read: Callable[[Path], bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    read(path)
    monkeypatch.setattr(cache, "_writer", lambda: b"another version")
    assert [read(path), read(path)] == [True, False]


class Evil:
    """What runs a program when it is unpickled as usual."""

    def __reduce__(self) -> Any:
        return os.mkdir, ("harm",)


@pytest.mark.parametrize("value", [Evil(), [Evil()], Path, cache.keep, Path.cwd])
def test_an_entry_cannot_run_code(
    value: object, path: Path, read: Callable[[Path], bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(path.parent)
    cache.keep(path, value)
    assert cache.recall(path) is None
    assert read(path)
    assert "harm" not in files()


def test_an_entry_of_another_sort_is_passed_over(path: Path, read: Callable[[Path], bool]) -> None:
    cache.keep(path, Figure(value=1.0, unit="percent", what="share"))
    assert [read(path), read(path)] == [True, False]


def test_what_cannot_be_kept_is_read_every_time(
    path: Path, read: Callable[[Path], bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(path))  # no folder
    assert [read(path), read(path)] == [True, True]


def test_without_a_name_for_it_the_cache_lies_in_the_home(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "not/absolute")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    load_rubric(path)
    assert len(files(tmp_path / "home" / ".cache" / "zone-assessor")) == 1


def test_nothing_but_whole_entries_lies_there(path: Path, room: Path) -> None:
    load_rubric(path)
    assess(ROOT / "examples" / "kivuli-coast-zone.yaml")
    assert {Path(name).suffix for name in files(room)} == {".rubric", ".numbers"}


# ---- Tables of numbers ----


TABLE = np.random.default_rng(1).random((3, 4))


def test_a_table_is_the_same_bit_by_bit(room: Path) -> None:
    assert cache.recall_numbers(b"key", TABLE.shape) is None
    cache.keep_numbers(b"key", TABLE)
    kept = cache.recall_numbers(b"key", TABLE.shape)
    assert kept is not None
    assert kept.tobytes() == TABLE.tobytes()
    assert cache.recall_numbers(b"another", TABLE.shape) is None
    assert files(room) == [entry(room).name]


@pytest.mark.parametrize("shape", [(4, 3), (3, 3), (3, 5), (2, 4), (4, 4), (0, 0)])
def test_a_table_of_another_shape_does_not_hold(shape: tuple[int, int], room: Path) -> None:
    cache.keep_numbers(b"key", TABLE)
    assert cache.recall_numbers(b"key", shape) is None


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: b"",
        lambda content: content[:-1],
        lambda content: content + b"x",
        lambda content: content[:-1] + bytes([content[-1] ^ 1]),
        lambda content: bytes([content[0] ^ 1]) + content[1:],
        lambda content: content[:32] + content[64:] + content[32:64],  # rows that changed places
        lambda content: bytes(len(content)),
    ],
)
def test_a_spoilt_table_does_not_hold(spoil: Callable[[bytes], bytes], room: Path) -> None:
    cache.keep_numbers(b"key", TABLE)
    entry(room).write_bytes(spoil(entry(room).read_bytes()))
    assert cache.recall_numbers(b"key", TABLE.shape) is None


def test_a_table_of_other_code_does_not_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    cache.keep_numbers(b"key", TABLE)
    monkeypatch.setattr(cache, "_writer", lambda: b"another version")
    assert cache.recall_numbers(b"key", TABLE.shape) is None


def test_the_oldest_tables_go(room: Path) -> None:
    for n in range(cache.TABLES + 2):
        cache.keep_numbers(b"%d" % n, TABLE)
        for file in room.iterdir():  # so that each is older than the next
            os.utime(file, ns=(0, file.stat().st_mtime_ns - 10**9))
    kept = [
        n
        for n in range(cache.TABLES + 2)
        if cache.recall_numbers(b"%d" % n, TABLE.shape) is not None
    ]
    assert kept == [*range(2, cache.TABLES + 2)]


def test_a_table_that_is_too_large_is_not_kept(room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "LARGEST", TABLE.nbytes - 1)
    cache.keep_numbers(b"key", TABLE)
    assert not room.exists()


def test_a_result_is_the_same_with_and_without_what_was_kept(
    room: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    example = ROOT / "examples" / "kivuli-coast-zone.yaml"
    first = to_json(assess(example))
    assert to_json(assess(example)) == first
    for file in room.iterdir():
        file.write_bytes(b"spoilt")
    assert to_json(assess(example)) == first
    nowhere = tmp_path / "file"
    nowhere.write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(nowhere))
    assert to_json(assess(example)) == first


def test_other_weights_make_another_table(path: Path, room: Path) -> None:
    draws = Draws(Scorer(load_rubric(path)), 20)
    assert np.array_equal(Draws(Scorer(load_rubric(path)), 20).luck(0), draws.luck(0))
    assert sum(name.endswith(".numbers") for name in files(room)) == 1
    path.write_text(path.read_text().replace("weight: 60", "weight: 61", 1))
    Draws(Scorer(load_rubric(path)), 20)
    Draws(Scorer(load_rubric(path)), 20, seed=7)
    Draws(Scorer(load_rubric(path)), 21)
    assert sum(name.endswith(".numbers") for name in files(room)) == 4
