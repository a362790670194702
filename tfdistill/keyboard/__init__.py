"""A keyboard's next-word student: its text, teachers, files and suggestions."""
