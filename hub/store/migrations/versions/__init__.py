"""One file per step, named by its number; the highest number is the present version. No step imports the application."""
