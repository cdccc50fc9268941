"""One file a target: a program in, a callable or a source text out."""
