"""When an index is built anew, and when a small one beside it is enough."""

from dataclasses import dataclass

_WHOLE_PPM = 1_000_000


@dataclass(frozen=True, slots=True)
class Layering:
    """How large the delta beside a base index may grow before a new base is built.

    Works that are new, changed or gone count; below `smallest_base` works a base is built faster than a delta is kept.
    """

    most_delta_ppm: int = 50_000
    smallest_base: int = 1_000

    def allows_delta(self, base_count: int, gone_count: int, fresh_count: int) -> bool:
        """Say whether a base of so many works may stand, with so many gone and so many to be indexed beside it."""
        if base_count < self.smallest_base or gone_count >= base_count:
            return False
        return max(gone_count, fresh_count) * _WHOLE_PPM <= base_count * self.most_delta_ppm
