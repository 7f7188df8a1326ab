"""What several programs share. Files are touched only in `*_files` modules and in read and write functions."""
