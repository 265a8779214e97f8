"""Where the steps of a build run, one a file.

Each has ``open(workers, most, address)``, a context manager that gives an ``emtool.dataset.engine.Engine``. ``workers``
steps run at a time (None: as many as there are cores), but no more than ``most``, for which there is work; ``address``
is that of a cluster, where the engine knows such a thing.
"""
