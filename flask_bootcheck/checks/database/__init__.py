"""Does the database answer, is it initialised, and is it safe from what a server does to it?"""

from .answers import every_engine_answers
from .files import file_can_be_written, file_outlives_its_container
from .forks import connections_are_its_own
from .pools import connections_fit
from .tables import every_column_is_there, every_table_is_there

__all__ = [
    "connections_are_its_own",
    "connections_fit",
    "every_column_is_there",
    "every_engine_answers",
    "every_table_is_there",
    "file_can_be_written",
    "file_outlives_its_container",
]
