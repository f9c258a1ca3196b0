"""What is kept on disk: bronze (raw replies), the lake (Parquet + manifest), the warehouse, the mirror."""
