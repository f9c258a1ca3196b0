"""What is published besides pages: the lake, CSV files, the API, and how fresh all of it is."""
