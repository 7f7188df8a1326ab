"""Models of ROOT's HistFactory (CERN-OPEN-2012-016), XML and histograms, as pyhf workspaces."""
