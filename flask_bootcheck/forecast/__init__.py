"""The forecast: boot the app under gunicorn, measure one worker, and say what N will need.

:mod:`.measure` is who asks; :mod:`.conf`, :mod:`.target` and :mod:`.worker` run inside what is
measured. What they import counts as the app's, so nothing is imported here.
"""
