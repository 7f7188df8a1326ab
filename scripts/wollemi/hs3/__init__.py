"""Documents of HS3, the HEP Statistics Serialization Standard, as pyhf workspaces."""
