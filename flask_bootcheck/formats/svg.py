"""The line of a forecast as a picture: self-contained, readable on light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from ..memory.forecast import Forecast
from ..memory.model import MARGIN
from ..memory.size import format_size

_WIDTH, _HEIGHT = 640, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 80, 24, 40, 48
_STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .title { font-weight: 600 } .axis { stroke: #8c959f }
  .line { stroke: #0969da; stroke-width: 2; fill: none }
  .band { fill: #0969da; opacity: .15 } .limit { stroke: #cf222e; stroke-dasharray: 6 4 }
  .over { fill: #cf222e } .fits { fill: #0969da }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .line { stroke: #58a6ff } .band, .fits { fill: #58a6ff }
    .limit { stroke: #ff7b72 } .over { fill: #ff7b72 }
  }
"""


def render_svg(forecast: Forecast) -> str:
    """Need over workers, with its error band, the limit, and the number that fits."""
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">',
            f"<title>{escape(_title(forecast))}</title>",
            f"<style>{_STYLE}</style>",
            *_Chart(forecast).elements(),
            "</svg>",
        ]
    )


def _title(forecast: Forecast) -> str:
    fits = "" if forecast.fits is None else f": {forecast.fits} workers fit"
    return f"{forecast.facts.app} on gunicorn {forecast.facts.worker_class}{fits}"


class _Chart:
    """Worker counts to the right, bytes upwards."""

    def __init__(self, forecast: Forecast) -> None:
        self._forecast = forecast
        self._last = max(4, 2 * (forecast.fits or 4))
        self._top = MARGIN * max(forecast.model.need(self._last), forecast.limit or 0)

    def elements(self) -> Iterator[str]:
        """Everything that is drawn, back to front."""
        yield f'<text class="title" x="{_LEFT}" y="24">{escape(_title(self._forecast))}</text>'
        yield from self._axes()
        yield self._band()
        yield f'<polyline class="line" points="{self._points(1.0)}"/>'
        yield from self._limit()
        yield from self._dots()

    def _axes(self) -> Iterator[str]:
        bottom = _HEIGHT - _BOTTOM
        yield f'<path class="axis" fill="none" d="M{_LEFT} {_TOP}V{bottom}H{_WIDTH - _RIGHT}"/>'
        step = max(1, self._last // 8)
        for count in range(step, self._last + 1, step):
            x = self._x(count)
            yield f'<text x="{x:.0f}" y="{bottom + 20}" text-anchor="middle">{count}</text>'
        yield f'<text x="{_WIDTH - _RIGHT}" y="{_HEIGHT - 8}" text-anchor="end">workers</text>'
        for share in (0.25, 0.5, 0.75, 1.0):
            y, size = self._y(self._top * share), format_size(self._top * share)
            yield f'<text x="{_LEFT - 8}" y="{y + 4:.0f}" text-anchor="end">{size}</text>'

    def _band(self) -> str:
        error = self._forecast.model.error or MARGIN - 1
        upper = self._points(1 + error)
        lower = " ".join(reversed(self._points(1 - error).split()))
        return f'<polygon class="band" points="{upper} {lower}"/>'

    def _limit(self) -> Iterator[str]:
        if self._forecast.limit is not None:
            y = self._y(self._forecast.limit)
            yield f'<path class="limit" d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}"/>'
            said = f"limit {format_size(self._forecast.limit)}"
            yield f'<text class="over" x="{_LEFT + 8}" y="{y - 6:.0f}">{said}</text>'

    def _dots(self) -> Iterator[str]:
        for count in range(1, self._last + 1):
            fits = self._forecast.fits is None or count <= self._forecast.fits
            x, y = self._x(count), self._y(self._forecast.model.need(count))
            yield f'<circle class="{"fits" if fits else "over"}" cx="{x:.1f}" cy="{y:.1f}" r="4"/>'

    def _points(self, share: float) -> str:
        need = self._forecast.model.need
        return " ".join(
            f"{self._x(n):.1f},{self._y(need(n) * share):.1f}" for n in range(1, self._last + 1)
        )

    def _x(self, count: int) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * count / self._last

    def _y(self, size: float) -> float:
        return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * size / self._top
