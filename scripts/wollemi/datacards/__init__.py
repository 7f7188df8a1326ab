"""Models of Combine, the statistics program of CMS, as workspaces of pyhf.

Combine's datacards and their likelihood are described in arXiv:2404.06614.
"""
