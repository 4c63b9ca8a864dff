"""Parameters of the command, taken as they were written."""

from __future__ import annotations

from typing import Any


def as_written(params: list[Any]) -> list[Any]:
    """The same parameters of typer, of which those that are text are not looked at by pydantic.

    To import what of pydantic that takes is slower than all else that is done with a command line.
    """
    for param in params:
        param._runtime_param = _AsWritten  # noqa: SLF001 - there is no other place to say so
    return params


class _AsWritten:
    """What turns a word into the value of a parameter."""

    @staticmethod
    def coerce(value: Any, param: Any, ctx: Any) -> Any:
        if value is None or param.type_descriptor.annotation is str:
            return value
        if param.type_descriptor.annotation == list[str]:
            return list(value)
        from typer._coercion import build_runtime_param

        return build_runtime_param(param.type_descriptor).coerce(value, param, ctx)
