from house import defaults

defaults(globals())
