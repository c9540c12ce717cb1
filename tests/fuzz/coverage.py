"""Which lines and branches of our formats have run: told by the interpreter, once for each, at hardly any cost."""

import sys
from pathlib import Path
from types import CodeType, TracebackType

from muniment import kernel

_TOOL = 4
_WATCHED = (f"{Path(kernel.__file__).parent}/", "/pymarc/")
_WAYS = 2


class Coverage:
    """Counts lines and ways of branches that ran for the first time, between `with` and its end.

    A line is not watched again once it ran, nor a branch once both its ways were taken: what is known costs nothing.
    """

    def __init__(self) -> None:
        self.count = 0
        self._ways: dict[tuple[int, int], set[int]] = {}
        self._codes: dict[int, CodeType] = {}
        """Kept alive, so that their numbers stay theirs."""

    def __enter__(self) -> "Coverage":
        events = sys.monitoring.events
        sys.monitoring.use_tool_id(_TOOL, "muniment.fuzz")
        sys.monitoring.register_callback(_TOOL, events.LINE, self._line)
        sys.monitoring.register_callback(_TOOL, events.BRANCH, self._branch)
        sys.monitoring.set_events(_TOOL, events.LINE | events.BRANCH)
        sys.monitoring.restart_events()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        events = sys.monitoring.events
        sys.monitoring.set_events(_TOOL, events.NO_EVENTS)
        for event in (events.LINE, events.BRANCH):
            sys.monitoring.register_callback(_TOOL, event, None)
        sys.monitoring.free_tool_id(_TOOL)

    def _line(self, code: CodeType, line: int) -> object:
        if any(part in code.co_filename for part in _WATCHED):
            self.count += 1
        return sys.monitoring.DISABLE

    def _branch(self, code: CodeType, offset: int, target: int) -> object:
        ways = self._ways.get((id(code), offset))
        if ways is None:
            if not any(part in code.co_filename for part in _WATCHED):
                return sys.monitoring.DISABLE
            self._codes[id(code)] = code
            ways = self._ways[id(code), offset] = set()
        if target not in ways:
            ways.add(target)
            self.count += 1
        return sys.monitoring.DISABLE if len(ways) == _WAYS else None
