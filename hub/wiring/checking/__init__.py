"""What is found about a part of an installation, and the check of one department. It mends nothing."""
