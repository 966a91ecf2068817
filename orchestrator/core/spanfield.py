"""A span as a field of a rulebook's section: strict, with its JSON Schema."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from orchestrator.core.spans import MOST, UNITS, Span, parse_span

BESIDE = {"days": "roll", "working_days": "office"}  # what may be true beside a unit


class _SpanSchema:
    @classmethod
    def __get_pydantic_core_schema__(cls, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(parse_span)

    @classmethod
    def __get_pydantic_json_schema__(cls, _: Any, __: GetJsonSchemaHandler) -> dict[str, Any]:
        def one(unit: str) -> dict[str, Any]:
            count = {"type": "integer", "minimum": 1, "maximum": MOST[unit]}
            more = {BESIDE[unit]: {"type": "boolean"}} if unit in BESIDE else {}
            return {
                "type": "object",
                "properties": {unit: count, **more},
                "required": [unit],
                "additionalProperties": False,
            }

        return {"oneOf": [one(unit) for unit in UNITS]}


SpanField = Annotated[Span, _SpanSchema]
