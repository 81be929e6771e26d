"""Training: choosing on the newest past, fitting, refreshing, searching settings; whole jobs."""
