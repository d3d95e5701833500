"""What runs in a warm worker of a pool: a fork server that has Metaflow and the flow imported.

It is loaded before Metaflow, as a package of its own (see `pool_command`): it imports the standard library only.
"""
