"""The budget: every part of the memory a number of workers needs, against the limit. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from .model import MARGIN, Model
from .size import MIB, format_size

#: What is less is no part worth a word.
_NOISE = MIB // 2


@dataclass(frozen=True, slots=True)
class Budget:
    """Bytes; ``left`` is negative when it does not fit."""

    workers: int
    fixed: int
    per_worker: int
    growth: int
    others: int
    headroom: int
    limit: int
    source: str

    @property
    def left(self) -> int:
        """What remains of the limit."""
        need = self.fixed + self.workers * self.per_worker + self.growth
        return self.limit - need - self.others - self.headroom

    @property
    def parts(self) -> tuple[tuple[str, int], ...]:
        """Each part with its label, in the order of the sum."""
        return (
            ("fixed", self.fixed),
            (f"{self.workers} x {format_size(self.per_worker)} =", self.workers * self.per_worker),
            ("growth", self.growth),
            ("others", self.others),
            ("headroom", self.headroom),
        )


def itemise(
    model: Model,
    workers: int,
    limit: int,
    source: str,
    headroom: float,
    others: int = 0,
    margin: float = MARGIN,
    grown: int = 0,
) -> Budget:
    """The budget of ``workers`` by the model's line; ``headroom`` is a share of the limit, ``grown``
    what live workers need beyond the line."""
    return Budget(
        workers=workers,
        fixed=model.fixed,
        per_worker=model.per_worker,
        growth=round(model.need(workers) * (margin - 1)) + grown,
        others=others,
        headroom=round(limit * headroom),
        limit=limit,
        source=source,
    )


def budget_lines(budget: Budget) -> list[str]:
    """The sum as a small table, a line a part."""
    rows = [(label, format_size(size)) for label, size in budget.parts if size > _NOISE]
    rows.append((f"limit ({budget.source})", format_size(budget.limit)))
    verdict = "left" if budget.left >= 0 else "missing"
    rows.append((verdict, format_size(abs(budget.left))))
    width = max(len(label) for label, _ in rows)
    return [f"{label:{width}}  {size:>10}" for label, size in rows]


def budget_line(budget: Budget) -> str:
    """The sum in one line, for a hint."""
    parts = ", ".join(
        f"{label} {format_size(size)}" for label, size in budget.parts if size > _NOISE
    )
    verdict = "left" if budget.left >= 0 else "missing"
    return f"{parts}; of {format_size(budget.limit)} {format_size(abs(budget.left))} {verdict}"
