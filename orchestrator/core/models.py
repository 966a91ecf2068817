"""The strict, frozen models that facts and rulebooks are made of."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class FactsModel(BaseModel):
    """The base of every `needs`: strict, frozen, and unknown facts are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class RulesModel(BaseModel):
    """The base of every section of a rulebook: strict, frozen, unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class NoFacts(FactsModel):
    """What an event without `needs` takes: nothing."""
