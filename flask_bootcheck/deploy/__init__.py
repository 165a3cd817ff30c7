"""The deploy files of a project, as one frozen plan. Nothing of the project is executed or imported."""
