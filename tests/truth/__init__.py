"""What a reader may quote after the source has erred: nights with faults, and what every surface says after them."""
