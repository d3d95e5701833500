"""Metaflow configuration of the Nomad extension: environment METAFLOW_NOMAD_*, Metaflow's config files and profiles."""

from metaflow.metaflow_config_funcs import from_conf

# Connection. These form one site of their own; they are never mixed with another source's.
NOMAD_ADDRESS = from_conf("NOMAD_ADDRESS")
NOMAD_REGION = from_conf("NOMAD_REGION")
NOMAD_TOKEN = from_conf("NOMAD_TOKEN")
NOMAD_CLIENT_CERT = from_conf("NOMAD_CLIENT_CERT")
NOMAD_CLIENT_KEY = from_conf("NOMAD_CLIENT_KEY")
NOMAD_CACERT = from_conf("NOMAD_CACERT")
# Where the sites are configured; searched from the flow's folder upward when not set.
NOMAD_CONFIG = from_conf("NOMAD_CONFIG")
# The site of steps that name none; instead of an address, and of the file's `defaultSite`.
NOMAD_SITE = from_conf("NOMAD_SITE")
# Task settings: below @nomad and @resources, above a site's defaults.
NOMAD_NAMESPACE = from_conf("NOMAD_NAMESPACE")
NOMAD_DEFAULT_IMAGE = from_conf("NOMAD_DEFAULT_IMAGE")
NOMAD_DEFAULT_DATACENTERS = from_conf("NOMAD_DEFAULT_DATACENTERS")
NOMAD_CPU = from_conf("NOMAD_CPU")
NOMAD_MEMORY = from_conf("NOMAD_MEMORY")
NOMAD_DISK = from_conf("NOMAD_DISK")
NOMAD_NODE_POOL = from_conf("NOMAD_NODE_POOL")
NOMAD_DRIVER = from_conf("NOMAD_DRIVER")
