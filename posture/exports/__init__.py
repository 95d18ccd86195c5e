"""An analysis in the formats of other programs: spreadsheets, statistics, OpenSim, labs."""
