"""Reports at permanent addresses: drawn once, frozen in the lake, shown ever after as they were."""
