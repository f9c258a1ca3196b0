"""Pages: from blocks and declarations to Markdown files that MkDocs only wraps."""
