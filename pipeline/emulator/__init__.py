"""A loopback server that speaks the contract of XM and SIMEM: simulated, replayed, with faults."""
