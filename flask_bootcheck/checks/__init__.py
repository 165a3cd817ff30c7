"""The checks we bring, one file an area. ``BUILT_IN`` is all of them, in the order they are shown.

A new one is a function in the file of its area, and its name here.
"""

from __future__ import annotations

from dataclasses import replace

from . import app, blueprints, config, database, endpoint, memory, routes, server, workers

BUILT_IN = tuple(
    replace(check, builtin=True)
    for check in (
        app.module_imports,
        app.factory_returns,
        app.app_is_known,
        blueprints.named_are_registered,
        blueprints.made_are_registered,
        blueprints.modules_import,
        blueprints.folders_are_there,
        routes.locked_are_there,
        routes.routes_have_views,
        routes.routes_are_reached,
        database.every_engine_answers,
        database.every_table_is_there,
        workers.enough_are_ready,
        workers.within_maximum,
        workers.fit_memory,
        workers.follow_quota,
        workers.none_was_killed,
        workers.workers_do_boot,
        workers.governor_is_in,
        memory.within_limit,
        memory.reload_fits,
        memory.limit_is_known,
        server.worker_class_is_there,
        server.class_and_app_agree,
        server.patched_before_imported,
        server.eventlet_shuts_down,
        server.concurrency_is_a_number,
        server.server_is_for_visitors,
        config.settings_are_where_they_are_read,
        config.debug_is_off,
        config.secret_keys_are_strong,
        endpoint.paths_are_free,
    )
)
