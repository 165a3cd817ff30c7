"""What is to be measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Order:
    """What to measure: ``target`` as for ``flask --app``; ``worker_class`` empty and ``preload`` false
    leave it to the user's conf, ``plain`` is without preload whatever that says; ``freeze`` ``None``
    leaves that to the settings; ``urls`` empty takes the app's own routes. ``counted``: with our hooks,
    whether or not the app and its conf bring them."""

    target: str
    worker_class: str = ""
    preload: bool = False
    plain: bool = False
    freeze: bool | None = None
    urls: tuple[str, ...] = ()
    requests: int = 40
    verify: bool = False
    counted: bool = True
    boot_timeout: float = 300.0
