"""The deploy files of a project, as one frozen plan. Nothing of the project is executed or imported.

:mod:`~flask_bootcheck.deploy.reading` makes the plan; it is imported by who needs it, since a serving
worker does not.
"""
