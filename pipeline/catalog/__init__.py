"""The declarations: metrics, boards, sources, vocabularies, corrections; their schema and loader."""
