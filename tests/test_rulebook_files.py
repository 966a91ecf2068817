"""Rulebook files: strict, proven, every error at once; the database keeps what was in force."""

from __future__ import annotations

import json
import shutil
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from orchestrator.api import Orchestrator, read_shelf
from orchestrator.clock import VirtualClock
from orchestrator.errors import BadConfig
from orchestrator.rulebook import misfits, read_rulebook, schema_of
from tests.doors.conftest import Cli, cli  # noqa: F401  a fixture
from tests.doors.house import CONFIG, FILING, beijing, parts, quiet

SHIPPED = CONFIG / "rulebooks/seed-2022.toml"
SCHEMA = CONFIG / "rulebooks/rulebook.schema.json"


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the project's config, to be edited."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    to = tmp_path / "config"
    shutil.copytree(CONFIG, to)
    for other in (to / "rulebooks").glob("*.toml"):
        if other.name != SHIPPED.name:
            other.unlink()
    return to


def edited(config: Path, *changes: tuple[str, str], name: str = SHIPPED.name) -> Path:
    """The shipped rulebook with these changes, each of which is there to be made."""
    text = SHIPPED.read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = config / "rulebooks" / name
    path.write_text(text, "utf-8")
    return path


def errors_of(path: Path) -> list[str]:
    with pytest.raises(BadConfig) as raised:
        read_rulebook(path, parts().registry.sections)

    return [error.replace(str(path), "FILE") for error in raised.value.errors]


def started(config: Path, database: Path, when: str = "2025-03-03 10:00") -> Orchestrator:
    clock = VirtualClock(beijing(when))
    with quiet():
        return Orchestrator.from_config(config, database=f"sqlite:///{database}", clock=clock)


# -- one file -----------------------------------------------------------------------------------

REVIEW = "review_limit = { working_days = 10 }"
WRONG = [
    (("version = 1", "version = 0"), "FILE: version: at least 1, got 0"),
    (("version = 1", 'version = "1"'), "FILE: version: a whole number, got '1'"),
    (("version = 1", "version = 1.0"), "FILE: version: a whole number"),
    (("version = 1\n", ""), "FILE: version: required, and missing"),
    (('name = "seed-2022"', 'name = "Seed 2022"'), "FILE: name: string should match pattern"),
    (('name = "seed-2022"', "name = 3"), "FILE: name: a text, got 3"),
    (("= 2022-12-12", '= "soon"'), "FILE: effective_from: a date such as 2022-12-12, got 'so"),
    (("= 2022-12-12", "= 2022-12-12T00:00:00Z"), "FILE: effective_from: a date such as"),
    (('calendar = "cn"\n', ""), "FILE: calendar: required, and missing"),
    (
        ("[supplement]", "colour = 3\n[supplement]"),
        "FILE: escalation.colour: unknown; one of level_2, got 3",
    ),
    (
        ("[supplement]", "[supple]\nx = 1\n[supplement]"),
        "FILE: supple: unknown; one of account_standing, ",
    ),
    (("rounds = 2\n", ""), "FILE: supplement.rounds: required, and missing"),
    (("rounds = 2", "rounds = 2.5"), "FILE: supplement.rounds: a whole number"),
    (("rounds = 2", "rounds = true"), "FILE: supplement.rounds: a whole number"),
    ((REVIEW, "review_limit = 10"), "FILE: ip_complaint.review_limit: "),
    ((REVIEW, "review_limit = {}"), "FILE: ip_complaint.review_limit: "),
    ((REVIEW, "review_limit = { weeks = 2 }"), "FILE: ip_complaint.review_limit: "),
    ((REVIEW, "review_limit = { days = 0 }"), "FILE: ip_complaint.review_limit: days: a whole nu"),
    ((REVIEW, "review_limit = { days = -1 }"), "FILE: ip_complaint.review_limit: days: a whole n"),
    ((REVIEW, "review_limit = { days = 1.5 }"), "FILE: ip_complaint.review_limit: days: a whole "),
    ((REVIEW, "review_limit = { days = true }"), "FILE: ip_complaint.review_limit: days: a whole"),
    ((REVIEW, "review_limit = { days = 9999 }"), "FILE: ip_complaint.review_limit: days: a whole"),
    ((REVIEW, "review_limit = { hours = 2, roll = true }"), "FILE: ip_complaint.review_limit: "),
    ((REVIEW, "review_limit = { days = 1, hours = 1 }"), "FILE: ip_complaint.review_limit: "),
    ((REVIEW, 'review_limit = { days = 1, roll = "yes" }'), "FILE: ip_complaint.review_limit: "),
    ((REVIEW, ""), "FILE: ip_complaint.review_limit: required, and missing"),
    (("[escalation]", "[escalation"), "FILE: not a readable TOML file ("),
    ((REVIEW, f"{REVIEW}\n{REVIEW}"), "FILE: not a readable TOML file (Cannot overwrite a value"),
]


def _named(value: Any) -> str:
    return str(value[1])[:40] if isinstance(value, tuple) else str(value)[:50]


@pytest.mark.parametrize(("change", "words"), WRONG, ids=_named)
@pytest.mark.fault(43)
def test_an_error_is_told_with_file_key_wanted_and_got(
    config: Path, change: tuple[str, str], words: str
) -> None:
    (error,) = errors_of(edited(config, change))

    assert error.startswith(words)
    assert "got " in error or "missing" in error or "TOML" in error


def test_every_error_of_a_file_is_told_at_once(config: Path) -> None:
    path = edited(
        config,
        ("version = 1", "version = 0"),
        ("rounds = 2", "rounds = []"),
        (REVIEW, "review_limit = { days = 0 }"),
        ("[supplement]", "colour = 3\n[supplement]"),
    )

    keys = {error.split(": ")[1] for error in errors_of(path)}
    assert keys == {
        "version",
        "supplement.rounds",
        "ip_complaint.review_limit",
        "escalation.colour",
    }


def test_a_file_that_is_not_there_or_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_bytes(b"\xff")

    assert errors_of(tmp_path / "x.toml")[0].startswith("FILE: not a readable TOML file (")
    assert errors_of(tmp_path / "y.toml")[0].startswith("FILE: not a readable TOML file (")


def test_bottomless_nesting_is_told(config: Path) -> None:
    path = edited(config, (REVIEW, f"review_limit = {'[' * 5_000}{']' * 5_000}"))

    assert errors_of(path)[0].startswith("FILE: not a readable TOML file (")


def test_an_amount_is_read_exactly(config: Path) -> None:
    """A float of TOML is a decimal here: nothing is rounded on the way."""
    (error,) = errors_of(edited(config, ("rounds = 2", "rounds = 2.10")))

    assert "2.10" in error


def test_the_text_of_a_rulebook_is_the_same_however_it_is_laid_out(config: Path) -> None:
    first = read_rulebook(SHIPPED, parts().registry.sections)
    text = SHIPPED.read_text("utf-8").replace("{ days = 3, roll = true }", "{roll=true,days=3} # !")
    (config / "rulebooks/x.toml").write_text(text, "utf-8")

    second = read_rulebook(config / "rulebooks/x.toml", parts().registry.sections)

    assert second == first


# -- a folder -----------------------------------------------------------------------------------


def shelf_errors(config: Path) -> str:
    with pytest.raises(BadConfig) as raised:
        read_shelf(config, parts().registry)

    return str(raised.value)


def test_the_errors_of_every_file_are_told_at_once(config: Path) -> None:
    edited(config, ("version = 1", "version = 0"), name="a.toml")
    edited(config, ("rounds = 2", "rounds = []"), name="b.toml")
    (config / "calendars/rome/calendar.toml").write_text("zone = 3\n", "utf-8")

    said = shelf_errors(config)

    assert "a.toml: version: " in said
    assert "b.toml: supplement.rounds: " in said
    assert "calendar.toml: zone: a text, got 3" in said


def test_a_calendar_that_is_not_there_is_told_with_those_that_are(config: Path) -> None:
    path = edited(config, ('calendar = "cn"', 'calendar = "mars"'))

    assert f"{path}: calendar: one of cn, rome, got 'mars'" in shelf_errors(config)


def test_a_folder_without_a_rulebook_is_told(config: Path) -> None:
    (config / "rulebooks" / SHIPPED.name).unlink()

    assert "at least one rulebook, got none" in shelf_errors(config)


@pytest.mark.parametrize("change", [[], [("rounds = 2", "rounds = 3")]], ids=["same", "other"])
def test_two_files_of_one_name_and_version_are_told(
    config: Path, tmp_path: Path, change: list[tuple[str, str]]
) -> None:
    """Whoever copies the shipped file and forgets the name learns of it."""
    path = edited(config, *change, name="mine.toml")

    with pytest.raises(BadConfig) as raised:
        started(config, tmp_path / "x.db")

    assert path.name in str(raised.value)
    assert SHIPPED.name in str(raised.value)


def test_a_version_beyond_all_numbers_is_told(config: Path, tmp_path: Path) -> None:
    edited(config, ("version = 1", "version = 9223372036854775808"))

    with pytest.raises(BadConfig, match="version"):
        started(config, tmp_path / "x.db")


def test_the_shipped_rulebooks_fit_the_shipped_workflows() -> None:
    found = parts()

    for rulebook, _ in found.shelf.rulebooks:
        assert misfits(rulebook, found.registry.workflows.values()) == []


# -- in the database ----------------------------------------------------------------------------


def test_a_file_that_changed_under_a_used_version_refuses_to_start(
    config: Path, tmp_path: Path
) -> None:
    started(config, tmp_path / "x.db").close()
    edited(config, ("rounds = 2", "rounds = 3"))

    with pytest.raises(BadConfig) as raised:
        started(config, tmp_path / "x.db")

    (error,) = raised.value.errors
    assert error == (
        "rulebook seed-2022 version 1 was changed after it came into use:"
        " put the file back, or give the new text the next version"
    )


def test_a_comment_is_no_change(config: Path, tmp_path: Path) -> None:
    started(config, tmp_path / "x.db").close()
    edited(config, ("rounds = 2", "rounds = 2 # twice"))

    started(config, tmp_path / "x.db").close()


def test_a_new_version_is_for_new_cases_alone(config: Path, tmp_path: Path) -> None:
    with started(config, tmp_path / "x.db") as before:
        _files(before, "A")
    edited(
        config,
        ("version = 1", "version = 2"),
        ("2022-12-12", "2025-03-05"),
        (REVIEW, "review_limit = { working_days = 1 }"),
    )

    with started(config, tmp_path / "x.db", "2025-03-04 23:59") as after:
        _files(after, "B")
        after.clock.move_to(beijing("2025-03-05 00:00"))
        _files(after, "C")
        pins = [after.case(case)["rulebook"].rpartition(":")[0] for case in "ABC"]

    assert pins == ["seed-2022@1", "seed-2022@1", "seed-2022@2"]


def test_a_file_that_is_gone_leaves_its_cases_where_they_are(config: Path, tmp_path: Path) -> None:
    with started(config, tmp_path / "x.db") as before:
        _files(before, "A")
    edited(config, ("version = 1", "version = 2"), ("2022-12-12", "2025-03-05"))

    with started(config, tmp_path / "x.db", "2025-03-20 00:00") as after:
        after.advance()

        assert after.case("A")["overdue"] is True
        assert after.verify() == []


def _files(there: Orchestrator, case: str) -> None:
    there.open(
        "ip_complaint", docket="shop-1", by="complainant", facts=FILING, case=case, assume=True
    )


# -- the schema for editors ---------------------------------------------------------------------


def as_plain_json(config: Path) -> Any:
    """What an editor sees of the shipped file."""
    text = (config / "rulebooks" / SHIPPED.name).read_text("utf-8")
    return json.loads(json.dumps(tomllib.loads(text), default=str))


def breaches(schema: Mapping[str, Any], value: Any, place: str, root: Any) -> Iterator[str]:
    """What a value breaks of the few words of JSON Schema that ours is written in."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        yield from breaches(root["$defs"][name], value, place, root)
        return
    if "oneOf" in schema or "anyOf" in schema:
        one = schema.get("oneOf") or schema.get("anyOf")
        fitting = [s for s in one if not list(breaches(s, value, place, root))]
        if not fitting or ("oneOf" in schema and len(fitting) > 1):
            yield f"{place}: fits {len(fitting)} of {len(one)}"
        return
    kinds = {
        "object": dict,
        "array": list,
        "string": str,
        "integer": int,
        "boolean": bool,
        "null": type(None),
    }
    kind = schema.get("type")
    is_flag = isinstance(value, bool) and kind != "boolean"
    if kind is not None and (is_flag or not isinstance(value, kinds[kind])):
        yield f"{place}: {kind}, got {value!r}"
        return
    if "const" in schema and value != schema["const"]:
        yield f"{place}: {schema['const']!r}, got {value!r}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{place}: one of {schema['enum']}, got {value!r}"
    if "minimum" in schema and value < schema["minimum"]:
        yield f"{place}: at least {schema['minimum']}, got {value!r}"
    if "maximum" in schema and value > schema["maximum"]:
        yield f"{place}: at most {schema['maximum']}, got {value!r}"
    if kind == "object":
        known = schema.get("properties", {})
        yield from (f"{place}.{k}: missing" for k in schema.get("required", []) if k not in value)
        if schema.get("additionalProperties") is False:
            yield from (f"{place}.{k}: unknown" for k in value if k not in known)
        for key in value.keys() & known.keys():
            yield from breaches(known[key], value[key], f"{place}.{key}", root)
    if kind == "array" and "items" in schema:
        for n, item in enumerate(value):
            yield from breaches(schema["items"], item, f"{place}.{n}", root)


def test_the_json_schema_takes_the_shipped_file(config: Path) -> None:
    schema = schema_of(parts().registry.sections)

    assert list(breaches(schema, as_plain_json(config), "", schema)) == []


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (("rounds = 2", 'rounds = "2"'), ".supplement.rounds: "),
        (("rounds = 2\n", ""), ".supplement.rounds: missing"),
        (("[supplement]", "colour = 3\n[supplement]"), ".escalation.colour: unknown"),
        ((REVIEW, "review_limit = { weeks = 1 }"), ".ip_complaint.review_limit: fits 0"),
        ((REVIEW, "review_limit = { days = 0 }"), ".ip_complaint.review_limit: fits 0"),
    ],
    ids=_named,
)
def test_the_json_schema_finds_what_the_reader_finds(
    config: Path, change: tuple[str, str], place: str
) -> None:
    edited(config, change)
    schema = schema_of(parts().registry.sections)

    (breach,) = breaches(schema, as_plain_json(config), "", schema)

    assert breach.startswith(place)


@pytest.mark.skipif(not SCHEMA.is_file(), reason="no schema beside the rulebooks yet")
def test_the_schema_beside_the_rulebooks_is_the_one_of_the_code() -> None:
    assert json.loads(SCHEMA.read_text("utf-8")) == schema_of(parts().registry.sections)


# -- the command --------------------------------------------------------------------------------


def test_rulebook_check_lists_every_error_and_ends_with_1(cli: Cli, config: Path) -> None:  # noqa: F811
    path = edited(config, ("version = 1", "version = 0"), ("rounds = 2", "rounds = []"), name="x")

    ran = cli("rulebook", "check", str(path))
    found = cli("rulebook", "check", str(path), "-o", "json")

    assert (ran.code, found.code) == (1, 1)
    assert len(found.json["errors"]) == 2
    assert "2 errors" in " ".join(ran.out.split())


def test_one_error_is_told_as_one(cli: Cli, config: Path) -> None:  # noqa: F811
    path = edited(config, ("version = 1", "version = 0"), name="x")

    assert cli("rulebook", "check", str(path)).out.split()[-2:] == ["1", "error"]


def test_rulebook_check_takes_a_file_that_is_not_in_config(cli: Cli, config: Path) -> None:  # noqa: F811
    path = edited(config, ("version = 1", "version = 2"), name="next.toml")

    assert cli("rulebook", "check", str(path)).code == 0


def test_rulebook_schema_prints_the_schema(cli: Cli) -> None:  # noqa: F811
    assert cli("rulebook", "schema").json == schema_of(parts().registry.sections)
