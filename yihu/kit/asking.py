"""Which request is being answered: its number stands in the log, on pages of failure, in lines."""

from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")
