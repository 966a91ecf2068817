"""Settings: read once from `config/`, proven, frozen. An unknown key is an error (STYLE 12)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from orchestrator.errors import BadConfig
from orchestrator.rulebook import complaints

PREFIX = "ORCHESTRATOR_"


class DaemonSettings(BaseModel):
    """How the alarm clock beats."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    heartbeat_s: float = Field(15, ge=0.1, le=3_600)
    watch_s: float = Field(1, ge=0.1, le=60)
    batch: int = Field(500, ge=1, le=10_000)


class OutboxSettings(BaseModel):
    """Where effects go."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    log: Path = Path("outbox.jsonl")


class Settings(BaseSettings):
    """All settings, with their defaults."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_prefix=PREFIX, env_nested_delimiter="__"
    )

    database: str = "sqlite:///orchestrator.db"
    workflows: tuple[str, ...] = Field(("workflows",), min_length=1)
    default_rulebook: str = "seed-2022"
    daemon: DaemonSettings = DaemonSettings()
    outbox: OutboxSettings = OutboxSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  the library's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings, env_settings, TomlConfigSettingsSource(settings_cls))


def read_settings(folder: Path, **given: Any) -> Settings:
    """The settings of a config folder; `given` goes before environment and file.

    raises   BadConfig: every error, with key, wanted and got
    """
    if not folder.is_dir():
        raise BadConfig(
            [
                f"{folder}: a folder with orchestrator.toml, rulebooks/ and calendars/, got none there"
            ]
        )

    class FromFolder(Settings):
        model_config = SettingsConfigDict(
            **{**Settings.model_config, "toml_file": folder / "orchestrator.toml"}
        )

    errors = [f"{name}: no such setting" for name in _unknown_variables()]
    try:
        settings = FromFolder(**given)
    except ValidationError as error:
        errors += [f"{_whence(folder, said)}: {said}" for said in complaints(error)]
    except SettingsError as error:
        field = str(error).partition('"')[2].partition('"')[0]
        errors.append(f"{PREFIX}{field.upper()}: a JSON value ({error})")
    except ValueError as error:
        errors.append(f"{folder / 'orchestrator.toml'}: not a readable TOML file ({error})")
    if errors:
        raise BadConfig(errors)
    return settings


def _whence(folder: Path, said: str) -> str:
    """Where a wrong value came from: the environment goes before the file."""
    key = said.partition(":")[0]
    variable = f"{PREFIX}{key.replace('.', '__')}".upper()
    there = {name.upper(): name for name in os.environ}
    return there.get(variable) or str(folder / "orchestrator.toml")


def _unknown_variables() -> list[str]:
    """Our environment variables that name no setting; pydantic-settings passes over them."""
    tables: dict[str, type[BaseModel]] = {"daemon": DaemonSettings, "outbox": OutboxSettings}
    known = {f"{PREFIX}{name}".upper() for name in Settings.model_fields if name not in tables}
    known |= {
        f"{PREFIX}{table}__{name}".upper()
        for table, model in tables.items()
        for name in model.model_fields
    }
    return sorted(
        name for name in os.environ if name.upper().startswith(PREFIX) and name.upper() not in known
    )
