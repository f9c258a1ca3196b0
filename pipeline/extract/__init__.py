"""XM through pydataxm and SIMEM: transport, request windows, verdicts. The only stage that asks a source."""
