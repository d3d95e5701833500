"""The part of metaflow-nomad that stays with the submitter: the tiny client and the launch host's JavaScript.

It lies outside `metaflow_extensions` because every file there travels in every code package.
"""
