"""Portal Energético Colombia: from XM and SIMEM to a published static portal."""
