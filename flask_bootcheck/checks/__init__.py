"""The checks we bring, one file or folder an area. ``BUILT_IN`` is all of them, in the order shown.

A new one is a function in the file of its area (``deploy_health.py`` is one of ``deploy``), and its
name here.
"""

from __future__ import annotations

from dataclasses import replace

from . import (
    app,
    blueprints,
    config,
    config_health,
    database,
    deploy_command,
    deploy_files,
    deploy_health,
    endpoint,
    memory,
    migrations,
    routes,
    server,
    server_bind,
    workers,
)

BUILT_IN = tuple(
    replace(check, builtin=True)
    for check in (
        app.module_imports,
        app.factory_returns,
        app.app_is_known,
        app.boots_in_time,
        blueprints.named_are_registered,
        blueprints.made_are_registered,
        blueprints.modules_import,
        blueprints.folders_are_there,
        routes.locked_are_there,
        routes.routes_have_views,
        routes.routes_are_reached,
        database.every_engine_answers,
        database.every_table_is_there,
        database.every_column_is_there,
        database.connections_fit,
        database.connections_are_its_own,
        database.file_can_be_written,
        database.file_outlives_its_container,
        migrations.history_has_one_head,
        migrations.database_is_at_head,
        migrations.database_is_not_newer,
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
        server_bind.listens_to_others,
        server_bind.listens_on_the_port_that_is_called,
        config.settings_are_where_they_are_read,
        config.debug_is_off,
        config.secret_keys_are_strong,
        config_health.health_host_is_trusted,
        config_health.health_path_is_no_redirect,
        endpoint.paths_are_free,
        deploy_files.files_are_understood,
        deploy_command.command_is_understood,
        deploy_files.files_are_read,
        deploy_files.files_agree,
        deploy_files.keys_are_known,
        deploy_files.server_is_pinned,
        deploy_command.target_is_there,
        deploy_command.variables_are_expanded,
        deploy_command.needs_no_shell,
        deploy_health.health_path_is_answered,
        deploy_health.health_paths_agree,
        deploy_health.health_timeout_is_long_enough,
    )
)
